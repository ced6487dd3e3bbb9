//! A track is opened to everybody.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::TrackPublished;
use kernel::id::TrackId;
use kernel::{Clock, Viewer};

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::lost_race;
use super::ports::TrackRepository;
use crate::domain::track::Track;
use crate::domain::track_state::IllegalTransition;

/// Why a track is heard, or not heard, as before.
#[derive(Debug, thiserror::Error)]
pub enum PublishTrackError {
    /// The track cannot be found or changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// Its state does not allow it.
    #[error(transparent)]
    State(#[from] IllegalTransition),
}

/// Publishes tracks.
pub struct PublishTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) look_up: LookUp,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) events: EventFactory,
}

impl PublishTrack {
    /// The track afterwards: PUBLISHED, or still HELD, and to be published as soon as it is allowed.
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
        let published = track.publish(self.clock.now())?.map(|upload_id| self.events.wrap(&TrackPublished { track_id: id, upload_id }));
        self.tracks.save(&track, published.as_slice()).await.map_err(EditError::of("id"))?;
        track.version += 1;
        Ok(track)
    }
}
