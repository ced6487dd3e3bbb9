//! A track is closed to everybody but its owner.

use std::sync::Arc;

use kernel::Viewer;
use kernel::event::EventFactory;
use kernel::events::TrackUnpublished;
use kernel::id::TrackId;

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::lost_race;
use super::ports::TrackRepository;
use super::publish_track::PublishTrackError;
use crate::domain::track::Track;

/// Takes tracks back.
pub struct UnpublishTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) look_up: LookUp,
    pub(super) events: EventFactory,
}

impl UnpublishTrack {
    /// The track afterwards.
    pub async fn run(&self, viewer: &Viewer, id: TrackId) -> Result<Track, PublishTrackError> {
        let mut attempt = 1;
        loop {
            match self.attempt(viewer, id).await {
                Err(PublishTrackError::Edit(error)) if lost_race(&error, attempt) => attempt += 1,
                other => return other,
            }
        }
    }

    async fn attempt(&self, viewer: &Viewer, id: TrackId) -> Result<Track, PublishTrackError> {
        let mut track = self.look_up.own_track(viewer, id, "id").await?;
        let unpublished = track.unpublish()?.then(|| self.events.wrap(&TrackUnpublished { track_id: id }));
        self.tracks.save(&track, unpublished.as_slice()).await.map_err(EditError::of("id"))?;
        track.version += 1;
        Ok(track)
    }
}
