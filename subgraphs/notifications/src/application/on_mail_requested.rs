//! Somebody is to get a mail. Whether it waits now or never can be sent is told: a registration is over with the one and undone with
//! the other.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::event::EventFactory;
use kernel::events::{MailQueued, MailRefused, MailRequested};
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
    /// Envelopes.
    pub events: EventFactory,
}

#[async_trait]
impl EventHandler for OnMailRequested {
    fn types(&self) -> &'static [&'static str] {
        &[MailRequested::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(asked) = event.payload::<MailRequested>().transpose()? else { return Ok(()) };
        let (user_id, kind) = (asked.user_id, asked.mail);
        let recipient = match Recipient::new(&asked.to, &asked.name) {
            Ok(recipient) => recipient,
            Err(error) => {
                self.queue.refuse(event.id, &self.events.wrap(&MailRefused { user_id, mail: kind })).await?;
                return Err(HandleError::Permanent(error.into()));
            }
        };
        let mail = Mail {
            id: self.ids.next(),
            user_id: Some(user_id),
            recipient,
            reason: asked.mail,
            ticket_id: asked.ticket_id,
            expires_at: asked.expires_at,
            about: asked.about,
            attempts: 0,
            created_at: self.clock.now(),
        };
        Ok(self.queue.add(event.id, &mail, &self.events.wrap(&MailQueued { user_id, mail: kind })).await?)
    }
}
