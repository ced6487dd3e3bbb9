//! A person shows that they read the mail of their address.

use std::sync::Arc;

use kernel::{Clock, InvalidField, PortError};
use serde_json::json;

use super::caller::Caller;
use super::one_time_link::{OneTimeLink, OneTimeLinkError, refused};
use super::ports::TicketRepository;
use super::record::Recorder;
use crate::domain::audit::{Action, masked};
use crate::domain::ticket::Purpose;

/// Why nothing is proved.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// The link allows nothing.
    #[error(transparent)]
    Link(#[from] OneTimeLinkError),
    /// A port failed.
    #[error("the address cannot be confirmed")]
    Port(#[from] PortError),
}

impl From<InvalidField> for VerifyEmailError {
    fn from(error: InvalidField) -> Self {
        Self::Link(error.into())
    }
}

/// Confirms addresses.
pub struct VerifyEmail {
    pub(super) link: OneTimeLink,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl VerifyEmail {
    /// Nobody needs to be signed in: mail is often read on another device. Works once.
    pub async fn run(&self, caller: &Caller, token: &str) -> Result<(), VerifyEmailError> {
        let ticket = self.link.take(token, &[Purpose::VerifyEmail]).await?;
        let after = json!({ "email": masked(ticket.email.as_str()) });
        let record = self.recorder.note(caller, Action::EmailVerified, ticket.user_id, None, Some(after));
        if self.tickets.prove_email(&ticket, self.clock.now(), &record).await? { Ok(()) } else { Err(refused().into()) }
    }
}
