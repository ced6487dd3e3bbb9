//! A ladder lies in the blob store.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::MediaCompleted;
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::ports::LadderRepository;
use crate::domain::ladder::Ladder;

/// The consumer of `media.completed`.
pub struct OnMediaCompleted {
    /// Where ladders are kept.
    pub ladders: Arc<dyn LadderRepository>,
}

#[async_trait]
impl EventHandler for OnMediaCompleted {
    fn types(&self) -> &'static [&'static str] {
        &[MediaCompleted::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(completed) = event.payload::<MediaCompleted>().transpose()? else { return Ok(()) };
        let ladder = Ladder {
            id: completed.ladder_id,
            track_id: completed.track_id,
            upload_id: completed.upload_id,
            prefix: completed.prefix,
            duration_ms: completed.duration_ms,
            renditions: completed.renditions,
            lossless: completed.lossless,
            dash: completed.dash,
            downloads: completed.downloads,
        };
        Ok(self.ladders.record(event.id, &ladder).await?)
    }
}
