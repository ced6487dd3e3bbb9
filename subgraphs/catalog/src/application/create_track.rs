//! An artist makes a track, as a draft without sound.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::{TrackCreated, TrackLabelled};
use kernel::id::{AlbumId, ArtistId};
use kernel::{Clock, IdGenerator, InvalidField, Viewer};

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::{GenreRepository, TrackRepository};
use crate::domain::genre;
use crate::domain::isrc::Isrc;
use crate::domain::name::Name;
use crate::domain::number::Number;
use crate::domain::track::Track;
use crate::domain::track_state::TrackState;

/// A wished-for track, unchecked.
#[derive(Debug, Clone)]
pub struct NewTrack {
    /// Whose.
    pub artist_id: ArtistId,
    /// On which of the artist's albums.
    pub album_id: Option<AlbumId>,
    /// Its title.
    pub title: String,
    /// Its number on its disc.
    pub track_number: Option<i32>,
    /// Its disc's number; none: the first.
    pub disc_number: Option<i32>,
    /// Slugs of its genres.
    pub genres: Vec<String>,
    /// Whether it is not for children.
    pub explicit: bool,
    /// Its recording's code.
    pub isrc: Option<String>,
}

/// Makes tracks.
pub struct CreateTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) genres: Arc<dyn GenreRepository>,
    pub(super) look_up: LookUp,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl CreateTrack {
    /// The track, once it is durable.
    pub async fn run(&self, viewer: &Viewer, wish: &NewTrack) -> Result<Track, EditError> {
        let artist = self.look_up.own_artist(viewer, wish.artist_id, "artistId").await?;
        let track = Track {
            id: self.ids.next(),
            owner_id: artist.owner_id,
            artist_id: artist.id,
            album_id: wish.album_id,
            title: Name::parse("title", &wish.title)?,
            track_number: wish.track_number.map(|value| Number::parse("trackNumber", value)).transpose()?,
            disc_number: wish.disc_number.map_or(Ok(Number::ONE), |value| Number::parse("discNumber", value))?,
            genres: genre::chosen(&wish.genres, &self.genres.all().await.map_err(EditError::Port)?)?,
            explicit: wish.explicit,
            isrc: wish.isrc.as_deref().map(Isrc::parse).transpose()?.flatten(),
            state: TrackState::Draft,
            sound: None,
            upload: None,
            created_at: self.clock.now(),
            published_at: None,
            processing_log: Vec::new(),
            version: 0,
        };
        check_album(&self.look_up, &track).await?;
        let created = TrackCreated {
            track_id: track.id,
            artist_id: track.artist_id,
            album_id: track.album_id,
            owner_id: track.owner_id,
            title: track.title.as_str().to_owned(),
        };
        let labelled = TrackLabelled { track_id: track.id, owner_id: track.owner_id, genre_ids: track.genres.clone() };
        self.tracks.add(&track, &[self.events.wrap(&created), self.events.wrap(&labelled)]).await.map_err(EditError::of("title"))?;
        Ok(track)
    }
}

/// A track is on an album of its own artist, or on none.
pub(super) async fn check_album(look_up: &LookUp, track: &Track) -> Result<(), EditError> {
    let Some(album_id) = track.album_id else { return Ok(()) };
    let album = look_up.album(album_id).await.map_err(EditError::Port)?.ok_or(EditError::NotFound { what: "album", field: "albumId" })?;
    if album.artist_id == track.artist_id { Ok(()) } else { Err(InvalidField::new("albumId", "is the album of another artist").into()) }
}
