//! What is said of a track is edited; its sound is not.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::TrackLabelled;
use kernel::id::{AlbumId, TrackId};
use kernel::{Edit, Viewer};

use super::create_track::check_album;
use super::edit_error::EditError;
use super::look_up::LookUp;
use super::lost_race;
use super::ports::{GenreRepository, TrackRepository};
use crate::domain::genre;
use crate::domain::isrc::Isrc;
use crate::domain::name::Name;
use crate::domain::number::Number;
use crate::domain::track::Track;

/// A wished-for change, unchecked.
#[derive(Debug, Clone, Default)]
pub struct TrackEdit {
    /// On which of the artist's albums.
    pub album_id: Edit<AlbumId>,
    /// Its title.
    pub title: Option<String>,
    /// Its number on its disc.
    pub track_number: Edit<i32>,
    /// Its disc's number.
    pub disc_number: Option<i32>,
    /// Slugs of its genres.
    pub genres: Option<Vec<String>>,
    /// Whether it is not for children.
    pub explicit: Option<bool>,
    /// Its recording's code.
    pub isrc: Edit<String>,
}

/// Edits tracks.
pub struct UpdateTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) genres: Arc<dyn GenreRepository>,
    pub(super) look_up: LookUp,
    pub(super) events: EventFactory,
}

impl UpdateTrack {
    /// The track afterwards.
    pub async fn run(&self, viewer: &Viewer, id: TrackId, edit: &TrackEdit) -> Result<Track, EditError> {
        let mut attempt = 1;
        loop {
            match self.attempt(viewer, id, edit.clone()).await {
                // Its upload may be in processing, which changes the track all the time; that must not get in its owner's way.
                Err(error) if lost_race(&error, attempt) => attempt += 1,
                other => return other,
            }
        }
    }

    async fn attempt(&self, viewer: &Viewer, id: TrackId, edit: TrackEdit) -> Result<Track, EditError> {
        let mut track = self.look_up.own_track(viewer, id, "id").await?;
        if let Some(title) = &edit.title {
            track.title = Name::parse("title", title)?;
        }
        edit.track_number.try_map(|value| Number::parse("trackNumber", value).map(Some))?.apply(&mut track.track_number);
        if let Some(value) = edit.disc_number {
            track.disc_number = Number::parse("discNumber", value)?;
        }
        let genres_before = track.genres.clone();
        if let Some(slugs) = &edit.genres {
            track.genres = genre::chosen(slugs, &self.genres.all().await.map_err(EditError::Port)?)?;
        }
        if let Some(explicit) = edit.explicit {
            track.explicit = explicit;
        }
        edit.isrc.try_map(|text| Isrc::parse(&text))?.apply(&mut track.isrc);
        edit.album_id.apply(&mut track.album_id);
        check_album(&self.look_up, &track).await?;
        let labelled = TrackLabelled { track_id: track.id, owner_id: track.owner_id, genre_ids: track.genres.clone() };
        let told = if track.genres == genres_before { Vec::new() } else { vec![self.events.wrap(&labelled)] };
        self.tracks.save(&track, &told).await.map_err(EditError::of("title"))?;
        track.version += 1;
        Ok(track)
    }
}
