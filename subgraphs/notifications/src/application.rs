//! What is done about mail. Every entrance (events, GraphQL, the delivery loop) goes through these.

pub mod deliver_mail;
pub mod discard_mail;
pub mod list_undelivered;
pub mod on_mail_requested;
pub mod personal_mail;
pub mod ports;
pub mod retry_mail;

use std::sync::Arc;

use kernel::{Clock, IdGenerator};
use platform::one_time::OneTimeTokens;

use crate::domain::backoff::Backoff;
use deliver_mail::DeliverMail;
use discard_mail::DiscardMail;
use list_undelivered::ListUndelivered;
use ports::{MailQueue, MailTemplates, Mailer};
use retry_mail::RetryMail;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Mail on its way.
    pub queue: Arc<dyn MailQueue>,
    /// The way out.
    pub mailer: Arc<dyn Mailer>,
    /// The words.
    pub templates: Arc<dyn MailTemplates>,
    /// The tokens of links.
    pub tokens: OneTimeTokens,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: IdGenerator,
    /// How stubborn delivery is.
    pub backoff: Backoff,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// Send what is due.
    pub deliver_mail: DeliverMail,
    /// What could not be delivered.
    pub list_undelivered: ListUndelivered,
    /// Try a dead mail again.
    pub retry_mail: RetryMail,
    /// Forget a dead mail.
    pub discard_mail: DiscardMail,
}

impl UseCases {
    /// All use cases on `ports`.
    pub fn new(ports: &Ports) -> Self {
        let Ports { queue, mailer, templates, tokens, clock, backoff, .. } = ports.clone();
        Self {
            deliver_mail: DeliverMail { queue: queue.clone(), mailer, templates, tokens, clock: clock.clone(), backoff },
            list_undelivered: ListUndelivered { queue: queue.clone() },
            retry_mail: RetryMail { queue: queue.clone(), clock },
            discard_mail: DiscardMail { queue },
        }
    }
}
