//! A track sounds like another recording and waits, in catalog, for an admin: its owner is told by mail.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{AccountMail, MailMatter, TrackHeld};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::ports::{AuditLog, UserRepository};
use super::record::{Record, Recorder};

/// The consumer of `track.held`.
pub struct OnTrackHeld {
    /// Whose address it is.
    pub users: Arc<dyn UserRepository>,
    /// Remembers what was told.
    pub audit: Arc<dyn AuditLog>,
    /// Writes mail.
    pub recorder: Recorder,
}

#[async_trait]
impl EventHandler for OnTrackHeld {
    fn types(&self) -> &'static [&'static str] {
        &[TrackHeld::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(held) = event.payload::<TrackHeld>().transpose()? else { return Ok(()) };
        // Gone since: nobody is left to tell.
        let Some(owner) = self.users.find(&[held.owner_id]).await?.pop() else { return Ok(()) };
        let about = MailMatter { title: held.title, reason: None };
        let record = Record::NOTHING.with_event(self.recorder.mail_about(&owner, AccountMail::RecordingHeld, about));
        Ok(self.audit.note_once(event.id, &record).await?)
    }
}
