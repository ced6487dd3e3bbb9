//! Finds artists, albums, tracks and genres by id. Whether a track is for the viewer's eyes is decided here.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::id::{AlbumId, ArtistId, GenreId, TrackId, UploadId};
use kernel::{PortError, Viewer};

use super::edit_error::EditError;
use super::ports::{AlbumRepository, ArtistRepository, GenreRepository, ReviewRepository, TrackRepository};
use crate::domain::album::Album;
use crate::domain::album_loudness::AlbumLoudness;
use crate::domain::artist::Artist;
use crate::domain::genre::Genre;
use crate::domain::recording_review::RecordingReview;
use crate::domain::track::Track;

/// Finds things by id.
#[derive(Clone)]
pub struct LookUp {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) genres: Arc<dyn GenreRepository>,
    pub(super) reviews: Arc<dyn ReviewRepository>,
}

impl LookUp {
    /// Those of `ids` that exist; one statement however many.
    pub async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Artist>, PortError> {
        self.artists.find(ids).await
    }

    /// Those of `ids` that exist; one statement however many.
    pub async fn albums(&self, ids: &[AlbumId]) -> Result<Vec<Album>, PortError> {
        self.albums.find(ids).await
    }

    /// Those of `ids` that exist, published or not: the caller asks [`Track::is_visible_to`]. One statement however many.
    pub async fn tracks(&self, ids: &[TrackId]) -> Result<Vec<Track>, PortError> {
        self.tracks.find(ids).await
    }

    /// Those of `ids` that exist; one statement however many.
    pub async fn genres(&self, ids: &[GenreId]) -> Result<Vec<Genre>, PortError> {
        let mut genres = self.genres.all().await?;
        genres.retain(|genre| ids.contains(&genre.id));
        Ok(genres)
    }

    /// What came of comparing those of `ids` that sound like another; one statement however many.
    pub async fn reviews(&self, ids: &[UploadId]) -> Result<Vec<RecordingReview>, PortError> {
        self.reviews.of_uploads(ids).await
    }

    /// All genres by name.
    pub async fn all_genres(&self) -> Result<Vec<Genre>, PortError> {
        self.genres.all().await
    }

    /// How loud each of these albums is, by its published tracks; those that cannot be told are missing. Two statements however many.
    pub async fn album_loudness(&self, ids: &[AlbumId]) -> Result<HashMap<AlbumId, AlbumLoudness>, PortError> {
        let tracks = self.albums.loudness(ids).await?;
        Ok(tracks.into_iter().filter_map(|(album, tracks)| Some((album, AlbumLoudness::of(&tracks)?))).collect())
    }

    /// The album, if there is one.
    pub async fn album(&self, id: AlbumId) -> Result<Option<Album>, PortError> {
        Ok(self.albums.find(&[id]).await?.pop())
    }

    /// The track, published or not, if there is one.
    pub async fn track(&self, id: TrackId) -> Result<Option<Track>, PortError> {
        Ok(self.tracks.find(&[id]).await?.pop())
    }

    /// The artist that the viewer named by `field` in order to change it or what it has.
    pub(super) async fn own_artist(&self, viewer: &Viewer, id: ArtistId, field: &'static str) -> Result<Artist, EditError> {
        viewer.require_session()?;
        let artist = self.artists.find(&[id]).await.map_err(EditError::Port)?.pop().ok_or(EditError::NotFound { what: "artist", field })?;
        viewer.require_owner(artist.owner_id)?;
        Ok(artist)
    }

    /// The album that the viewer named by `field` in order to change it.
    pub(super) async fn own_album(&self, viewer: &Viewer, id: AlbumId, field: &'static str) -> Result<Album, EditError> {
        viewer.require_session()?;
        let album = self.album(id).await.map_err(EditError::Port)?.ok_or(EditError::NotFound { what: "album", field })?;
        viewer.require_owner(album.owner_id)?;
        Ok(album)
    }

    /// The track that the viewer named by `field` in order to change it.
    pub(super) async fn own_track(&self, viewer: &Viewer, id: TrackId, field: &'static str) -> Result<Track, EditError> {
        viewer.require_session()?;
        let track = self.track(id).await.map_err(EditError::Port)?.ok_or(EditError::NotFound { what: "track", field })?;
        viewer.require_owner(track.owner_id)?;
        Ok(track)
    }
}
