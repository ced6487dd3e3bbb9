//! Sends what is due; what fails comes again, later each time, and is given up in the end.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::events::AccountMail;
use kernel::{Clock, PortError};
use platform::one_time::OneTimeTokens;

use super::ports::{Letter, MailQueue, MailTemplates, Mailer, SendError};
use crate::domain::backoff::Backoff;
use crate::domain::mail::Mail;

/// Longer than sending a batch takes; a process that dies in between delays its mails by this.
const LEASE: Duration = Duration::minutes(5);
const BATCH: u64 = 16;
/// How much of a server's words an operator gets to read.
const LONGEST_FAILURE: usize = 500;

/// Delivers.
pub struct DeliverMail {
    pub(super) queue: Arc<dyn MailQueue>,
    pub(super) mailer: Arc<dyn Mailer>,
    pub(super) templates: Arc<dyn MailTemplates>,
    pub(super) tokens: OneTimeTokens,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) backoff: Backoff,
}

impl DeliverMail {
    /// Tries everything due, once; how many that were.
    pub async fn run(&self) -> Result<usize, PortError> {
        let now = self.clock.now();
        let due = self.queue.claim(now, now + LEASE, BATCH).await?;
        for mail in &due {
            self.deliver(mail).await?;
        }
        Ok(due.len())
    }

    async fn deliver(&self, mail: &Mail) -> Result<(), PortError> {
        let now = self.clock.now();
        if mail.is_stale(now) {
            count("stale");
            return self.queue.forget(mail.id).await;
        }
        let error = match self.send(mail, now).await {
            Ok(()) => {
                count("sent");
                return self.queue.forget(mail.id).await;
            }
            Err(error) => error,
        };
        let attempts = mail.attempts + 1;
        let failure = chain(&error);
        let pause = if matches!(error, SendError::Transient(_)) { self.backoff.pause(attempts) } else { None };
        match pause {
            Some(pause) => {
                count("postponed");
                tracing::warn!(mail = %mail.id, attempts, failure, "a mail will be tried again");
                self.queue.postpone(mail.id, attempts, now + pause).await
            }
            // Nobody is there any more to whom an operator could owe it.
            None if mail.reason == AccountMail::AccountDeleted => {
                count("given_up");
                tracing::warn!(mail = %mail.id, attempts, failure, "the last mail of an account that is gone was given up and forgotten");
                self.queue.forget(mail.id).await
            }
            None => {
                count("given_up");
                tracing::error!(mail = %mail.id, attempts, failure, "a mail was given up");
                self.queue.bury(mail.id, attempts, &failure, now).await
            }
        }
    }

    async fn send(&self, mail: &Mail, now: DateTime<Utc>) -> Result<(), SendError> {
        let token = mail.ticket_id.map(|ticket| self.tokens.token(ticket));
        let words = self.templates.words(mail, token.as_deref()).map_err(|error| SendError::Permanent(error.into()))?;
        self.mailer.send(&Letter { id: mail.id, recipient: mail.recipient.clone(), words, sent_at: now }).await
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("notifications_mail_total", "outcome" => outcome).increment(1);
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    causes.chars().take(LONGEST_FAILURE).collect()
}
