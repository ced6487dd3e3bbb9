//! A new upload becomes a job.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::TrackUploaded;
use kernel::{Clock, Event, EventPayload as _, IdGenerator};
use platform::consumer::{EventHandler, HandleError};
use tokio::sync::Notify;

use super::ports::{JobRepository, NewJob};
use crate::domain::job::Priority;

/// The consumer of `track.uploaded`.
pub struct OnTrackUploaded {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// For the job's id.
    pub ids: IdGenerator,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Wakes a worker of this process.
    pub wake: Arc<Notify>,
}

#[async_trait]
impl EventHandler for OnTrackUploaded {
    fn types(&self) -> &'static [&'static str] {
        &[TrackUploaded::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(uploaded) = event.payload::<TrackUploaded>().transpose()? else { return Ok(()) };
        let job = NewJob {
            id: self.ids.next(),
            track_id: uploaded.track_id,
            upload_id: uploaded.upload_id,
            uploader_id: uploaded.uploader_id,
            blob: uploaded.blob,
            sha256: uploaded.sha256,
            size_bytes: uploaded.size_bytes,
            priority: Priority::Normal,
        };
        self.jobs.enqueue(event.id, &job, self.clock.now()).await?;
        self.wake.notify_one();
        Ok(())
    }
}
