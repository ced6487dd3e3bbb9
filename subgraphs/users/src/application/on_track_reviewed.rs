//! An admin has decided, in catalog, on somebody's recording: a privileged change, and so a line of the audit; its owner is told by mail.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{AccountMail, MailMatter, TrackReviewed};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};
use serde_json::json;

use super::ports::{AuditLog, UserRepository};
use super::record::Recorder;
use crate::domain::audit::Action;

/// The consumer of `track.reviewed`.
pub struct OnTrackReviewed {
    /// Whose address it is.
    pub users: Arc<dyn UserRepository>,
    /// Where it is noted.
    pub audit: Arc<dyn AuditLog>,
    /// Notes it, and writes mail.
    pub recorder: Recorder,
}

#[async_trait]
impl EventHandler for OnTrackReviewed {
    fn types(&self) -> &'static [&'static str] {
        &[TrackReviewed::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(reviewed) = event.payload::<TrackReviewed>().transpose()? else { return Ok(()) };
        let (action, mail) = if reviewed.allowed {
            (Action::RecordingAllowed, AccountMail::RecordingAllowed)
        } else {
            (Action::RecordingRejected, AccountMail::RecordingRejected)
        };
        let after = json!({ "track": reviewed.track_id, "reason": reviewed.reason });
        let mut record = self.recorder.note_of(event, reviewed.decided_by, action, reviewed.owner_id, after);
        // Gone since: the line stays, and nobody is left to tell.
        if let Some(owner) = self.users.find(&[reviewed.owner_id]).await?.pop() {
            let about = MailMatter { title: reviewed.title, reason: reviewed.reason };
            record = record.with_event(self.recorder.mail_about(&owner, mail, about));
        }
        Ok(self.audit.note_once(event.id, &record).await?)
    }
}
