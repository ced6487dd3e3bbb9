//! An admin wants the whole catalogue heard by the model that is configured.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::event::EventFactory;
use kernel::events::{EmbeddingModel, EmbeddingsRebuildBegan, EmbeddingsRebuildRequested};
use kernel::{Event, EventPayload as _};
use platform::bus::EventBus;
use platform::consumer::{EventHandler, HandleError};
use tokio::sync::Notify;

use super::rebuild_embeddings::RebuildEmbeddings;

/// The consumer of `embeddings.rebuild_requested`.
pub struct OnRebuildRequested {
    /// Adds the jobs.
    pub rebuild: RebuildEmbeddings,
    /// By which model.
    pub model: EmbeddingModel,
    /// Where it is told: what is told again after a failure is the same.
    pub bus: Arc<dyn EventBus>,
    /// Envelopes.
    pub events: EventFactory,
    /// Wakes a worker of this process.
    pub wake: Arc<Notify>,
}

#[async_trait]
impl EventHandler for OnRebuildRequested {
    fn types(&self) -> &'static [&'static str] {
        &[EmbeddingsRebuildRequested::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(EmbeddingsRebuildRequested { rebuild_id, .. }) = event.payload().transpose()? else { return Ok(()) };
        let began_at = self.rebuild.clock.now();
        let added = self.rebuild.run().await?;
        let state = self.rebuild.state().await?;
        let uploads = state.waiting + state.running + state.done + state.failed;
        let mut began = self.events.wrap(&EmbeddingsRebuildBegan { rebuild_id, model: self.model.clone(), uploads });
        // Before the first job could fail once more.
        began.time = began_at;
        self.bus.publish(&[began]).await?;
        tracing::info!(added, uploads, space = self.rebuild.space, "the catalogue is heard by the configured model");
        self.wake.notify_one();
        Ok(())
    }
}
