//! A track that is gone takes its jobs and ladders with it.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::TrackDeleted;
use kernel::{Clock, Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};
use tokio::sync::Notify;

use super::ports::JobRepository;

/// The consumer of `track.deleted`.
pub struct OnTrackDeleted {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Wakes the sweeper of this process.
    pub sweep: Arc<Notify>,
}

#[async_trait]
impl EventHandler for OnTrackDeleted {
    fn types(&self) -> &'static [&'static str] {
        &[TrackDeleted::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(deleted) = event.payload::<TrackDeleted>().transpose()? else { return Ok(()) };
        self.jobs.cancel_track(event.id, deleted.track_id, self.clock.now()).await?;
        self.sweep.notify_one();
        Ok(())
    }
}
