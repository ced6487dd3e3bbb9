//! An admin has decided, in catalog, on somebody's recording: a privileged change, and so a line of the audit.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::TrackReviewed;
use kernel::{Event, EventPayload as _, IdGenerator};
use platform::consumer::{EventHandler, HandleError};
use serde_json::json;

use super::ports::AuditLog;
use crate::domain::audit::{Action, AuditEntry};

/// The consumer of `track.reviewed`.
pub struct OnTrackReviewed {
    /// Where it is noted.
    pub audit: Arc<dyn AuditLog>,
    /// Fresh ids.
    pub ids: IdGenerator,
}

#[async_trait]
impl EventHandler for OnTrackReviewed {
    fn types(&self) -> &'static [&'static str] {
        &[TrackReviewed::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(reviewed) = event.payload::<TrackReviewed>().transpose()? else { return Ok(()) };
        let entry = AuditEntry {
            id: self.ids.next(),
            at: event.time,
            actor_id: Some(reviewed.decided_by),
            action: if reviewed.allowed { Action::RecordingAllowed } else { Action::RecordingRejected },
            user_id: reviewed.owner_id,
            address: None,
            device: None,
            before: None,
            after: Some(json!({ "track": reviewed.track_id, "reason": reviewed.reason })),
        };
        self.audit.note_once(event.id, &entry).await?;
        Ok(())
    }
}
