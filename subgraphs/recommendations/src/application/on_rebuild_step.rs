//! The media worker has begun with a rebuild, or could not hear a recording.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{EmbeddingsRebuildBegan, MediaUnheard};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::ports::RebuildRepository;
use crate::domain::rebuild::{Began, Unheard};
use crate::domain::track_vector::Space;

/// Keeps how far a rebuild is.
pub struct OnRebuildStep {
    /// Where that is kept.
    pub rebuilds: Arc<dyn RebuildRepository>,
}

#[async_trait]
impl EventHandler for OnRebuildStep {
    fn types(&self) -> &'static [&'static str] {
        &[EmbeddingsRebuildBegan::TYPE, MediaUnheard::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(EmbeddingsRebuildBegan { rebuild_id, model, uploads }) = event.payload().transpose()? {
            self.rebuilds.begin(event.id, rebuild_id, &Began { space: Space::of(&model), uploads, at: event.time }).await?;
        } else if let Some(MediaUnheard { track_id, upload_id, model, job_id, reason }) = event.payload().transpose()? {
            let unheard = Unheard { track_id, upload_id, space: Space::of(&model), job_id, reason, at: event.time };
            self.rebuilds.note_unheard(event.id, &unheard).await?;
        }
        Ok(())
    }
}
