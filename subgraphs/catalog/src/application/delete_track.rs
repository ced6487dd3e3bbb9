//! A track goes, whatever its state.

use std::sync::Arc;

use kernel::Viewer;
use kernel::event::EventFactory;
use kernel::events::TrackDeleted;
use kernel::id::TrackId;

use super::discard_uploads::DiscardUploads;
use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::TrackRepository;

/// Removes tracks.
pub struct DeleteTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) look_up: LookUp,
    pub(super) discard_uploads: DiscardUploads,
    pub(super) events: EventFactory,
}

impl DeleteTrack {
    /// Removes the track and its uploads' files.
    pub async fn run(&self, viewer: &Viewer, id: TrackId) -> Result<(), EditError> {
        self.look_up.own_track(viewer, id, "id").await?;
        self.tracks.remove(id, &[self.events.wrap(&TrackDeleted { track_id: id })]).await.map_err(EditError::of("id"))?;
        self.discard_uploads.run_soon().await;
        Ok(())
    }
}
