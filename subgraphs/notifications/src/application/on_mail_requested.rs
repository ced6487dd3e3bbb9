//! Somebody is to get a mail.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::MailRequested;
use kernel::{Clock, Event, EventPayload as _, IdGenerator};
use platform::consumer::{EventHandler, HandleError};

use super::ports::MailQueue;
use crate::domain::mail::Mail;
use crate::domain::recipient::Recipient;

/// The consumer of `user.mail_requested`: queues it. Sending takes its own time.
pub struct OnMailRequested {
    /// Where mail waits.
    pub queue: Arc<dyn MailQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: IdGenerator,
}

#[async_trait]
impl EventHandler for OnMailRequested {
    fn types(&self) -> &'static [&'static str] {
        &[MailRequested::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(asked) = event.payload::<MailRequested>().transpose()? else { return Ok(()) };
        let mail = Mail {
            id: self.ids.next(),
            recipient: Recipient::new(&asked.to, &asked.name).map_err(|error| HandleError::Permanent(error.into()))?,
            reason: asked.mail,
            ticket_id: asked.ticket_id,
            expires_at: asked.expires_at,
            attempts: 0,
            created_at: self.clock.now(),
        };
        Ok(self.queue.add(event.id, &mail).await?)
    }
}
