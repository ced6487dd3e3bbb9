//! One of two addresses agrees that the account changes from the one to the other.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::{Clock, PortError};
use serde_json::json;

use super::caller::Caller;
use super::one_time_link::{OneTimeLink, OneTimeLinkError, refused};
use super::ports::{Consent, EMAIL_TAKEN, TicketRepository, UserRepository};
use super::record::Recorder;
use crate::domain::audit::{Action, masked};
use crate::domain::ticket::Purpose;

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailChangeError {
    /// The link allows nothing.
    #[error(transparent)]
    Link(#[from] OneTimeLinkError),
    /// Another account has the address by now.
    #[error("this email is already taken")]
    Taken,
    /// A port failed.
    #[error("the address cannot be changed")]
    Port(#[from] PortError),
}

/// Takes consents.
pub struct ConfirmEmailChange {
    pub(super) link: OneTimeLink,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl ConfirmEmailChange {
    /// Whether the address has changed; `false` while the other address has not agreed. When it has, the old address is told.
    pub async fn run(&self, caller: &Caller, token: &str) -> Result<bool, ConfirmEmailChangeError> {
        let ticket = self.link.take(token, &[Purpose::LeaveEmail, Purpose::TakeEmail]).await?;
        let user = self.users.find(&[ticket.user_id]).await?.pop().ok_or_else(refused).map_err(OneTimeLinkError::from)?;
        let [before, after] = [&user.email, &ticket.email].map(|email| Some(json!({ "email": masked(email.as_str()) })));
        let mut record = self.recorder.note(caller, Action::EmailChanged, user.id, before, after);
        record.events.push(self.recorder.mail(&user, AccountMail::EmailChanged, None));
        match self.tickets.consent_to_email(&ticket, self.clock.now(), &record).await {
            Ok(Consent::Changed) => Ok(true),
            Ok(Consent::Waiting) => Ok(false),
            Ok(Consent::Refused) => Err(OneTimeLinkError::from(refused()).into()),
            Err(PortError::Conflict { constraint }) if constraint == EMAIL_TAKEN => Err(ConfirmEmailChangeError::Taken),
            Err(other) => Err(other.into()),
        }
    }
}
