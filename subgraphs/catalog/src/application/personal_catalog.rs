//! What artists have published and people have sent in, as what is kept of a person: their copy of it, and its end.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::{ArtistId, UserId};
use platform::person::{PersonalData, PersonalFile};
use serde_json::{Value, json};

use super::delete_artist::DeleteArtist;
use super::edit_error::EditError;
use super::ports::{AlbumRepository, ArtistRepository, Parent, ReviewRepository, TrackRepository, UploadRepository};
use crate::domain::album::Album;
use crate::domain::bio::Bio;
use crate::domain::recording_review::{Reason, RecordingReview};
use crate::domain::track::Track;

/// [`PersonalData`] of this context: the artists that a person owns, with their albums and tracks, and the person's uploads. The files
/// themselves are not part of a copy: their owner sent them in.
#[derive(Clone)]
pub struct PersonalCatalog {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) reviews: Arc<dyn ReviewRepository>,
    pub(super) delete_artist: DeleteArtist,
}

impl PersonalCatalog {
    async fn artist(&self, id: ArtistId) -> Result<Option<Value>, PortError> {
        let Some(artist) = self.artists.find(&[id]).await?.pop() else { return Ok(None) };
        let albums = self.albums.find(&self.albums.ids_of(id).await?).await?;
        let tracks = self.tracks.find(&self.tracks.ids_of(Parent::Artist(id)).await?).await?;
        let current: Vec<_> = tracks.iter().filter_map(|track| Some(track.upload.as_ref()?.id)).collect();
        let reviews = self.reviews.of_uploads(&current).await?;
        let review = |track: &Track| reviews.iter().find(|review| review.track_id == track.id);
        Ok(Some(json!({
            "id": artist.id,
            "name": artist.name.as_str(),
            "bio": artist.bio.as_ref().map(Bio::as_str),
            "createdAt": artist.created_at,
            "albums": albums.iter().map(album).collect::<Vec<_>>(),
            "tracks": tracks.iter().map(|one| track(one, review(one))).collect::<Vec<_>>(),
        })))
    }
}

fn album(album: &Album) -> Value {
    json!({ "id": album.id, "title": album.title.as_str(), "releaseDate": album.release_date, "createdAt": album.created_at })
}

/// What was decided on what the person sent in, and what they were told of it; not who decided, and not what it sounds like: that is
/// others'.
fn review(review: &RecordingReview) -> Value {
    let decision = review.decision.as_ref();
    json!({
        "state": review.state.name(),
        "openedAt": review.opened_at,
        "decidedAt": decision.map(|decision| decision.at),
        "reason": decision.and_then(|decision| decision.reason.as_ref()).map(Reason::as_str),
    })
}

fn track(track: &Track, reviewed: Option<&RecordingReview>) -> Value {
    let genres: Vec<_> = track.genres.iter().filter_map(|id| kernel::Genre::by_id(*id)).map(|genre| genre.name).collect();
    json!({
        "id": track.id,
        "album": track.album_id,
        "title": track.title.as_str(),
        "genres": genres,
        "explicit": track.explicit,
        "createdAt": track.created_at,
        "publishedAt": track.published_at,
        "review": reviewed.map(review),
    })
}

#[async_trait]
impl PersonalData for PersonalCatalog {
    async fn collect(&self, user_id: UserId) -> Result<Vec<PersonalFile>, PortError> {
        let mut artists = Vec::new();
        for id in self.artists.ids_of(user_id).await? {
            artists.extend(self.artist(id).await?);
        }
        let uploads = self.uploads.of_uploader(user_id).await?;
        let reviews = self.reviews.of_uploads(&uploads.iter().map(|upload| upload.id).collect::<Vec<_>>()).await?;
        let uploads = uploads.iter().map(|upload| {
            let claim = &upload.claim;
            json!({
                "id": upload.id,
                "fileName": claim.file_name,
                "mediaType": claim.media_type,
                "sizeBytes": claim.size_bytes,
                "sha256": claim.sha256,
                "state": upload.state.name(),
                "createdAt": upload.created_at,
                "review": reviews.iter().find(|review| review.upload_id == upload.id).map(review),
            })
        });
        let uploads = uploads.collect::<Vec<Value>>();
        Ok(vec![PersonalFile { name: "artists", content: artists.into() }, PersonalFile { name: "uploads", content: uploads.into() }])
    }

    /// What the person published is withdrawn with everything that hangs on it. What they sent in for others stays those others'.
    async fn erase(&self, user_id: UserId) -> Result<(), PortError> {
        for id in self.artists.ids_of(user_id).await? {
            match self.delete_artist.remove_all(id).await {
                Ok(()) | Err(EditError::NotFound { .. }) => {}
                Err(EditError::Port(error)) => return Err(error),
                Err(error) => return Err(PortError::unavailable(error)),
            }
        }
        self.uploads.disown(user_id).await?;
        self.delete_artist.discard_uploads.run_soon().await;
        Ok(())
    }
}
