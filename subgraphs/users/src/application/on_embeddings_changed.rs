//! An admin has the catalogue heard by another model, or lets that model's vectors answer: privileged changes of recommendations, and so
//! lines of the audit. They change nobody's account, so they stand in the admin's own trail.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{EmbeddingsAccepted, EmbeddingsRebuildRequested};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};
use serde_json::json;

use super::ports::AuditLog;
use super::record::Recorder;
use crate::domain::audit::Action;

/// The consumer of `embeddings.rebuild_requested` and `embeddings.accepted`.
pub struct OnEmbeddingsChanged {
    /// Where it is noted.
    pub audit: Arc<dyn AuditLog>,
    /// Notes it.
    pub recorder: Recorder,
}

#[async_trait]
impl EventHandler for OnEmbeddingsChanged {
    fn types(&self) -> &'static [&'static str] {
        &[EmbeddingsRebuildRequested::TYPE, EmbeddingsAccepted::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let record = if let Some(requested) = event.payload::<EmbeddingsRebuildRequested>().transpose()? {
            let admin = requested.requested_by;
            self.recorder.note_of(event, admin, Action::EmbeddingsRebuilt, admin, json!({ "rebuild": requested.rebuild_id }))
        } else if let Some(accepted) = event.payload::<EmbeddingsAccepted>().transpose()? {
            let admin = accepted.accepted_by;
            let after = json!({ "space": accepted.space, "leftOut": accepted.left_out });
            self.recorder.note_of(event, admin, Action::EmbeddingsAccepted, admin, after)
        } else {
            return Ok(());
        };
        Ok(self.audit.note_once(event.id, &record).await?)
    }
}
