//! A person wants the mail again that confirms their address.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError};

use super::address_in_use::AddressInUse;
use super::caller::Caller;
use super::ports::{TicketRepository, UserRepository};
use super::record::{Record, Recorder};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::login::Login;
use crate::domain::throttle::{Gate, Policy};
use crate::domain::ticket::{Purpose, Ticket};

/// Why no mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum RequestEmailVerificationError {
    /// Nobody is signed in, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Too many mails.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// A port failed.
    #[error("the mail cannot be sent")]
    Port(#[from] PortError),
}

/// Sends the mail again.
pub struct RequestEmailVerification {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
    pub(super) address_in_use: AddressInUse,
}

impl RequestEmailVerification {
    /// `false` when the address is confirmed already; otherwise a mail is on its way, and the link of an earlier one works no more.
    pub async fn run(&self, caller: &Caller) -> Result<bool, RequestEmailVerificationError> {
        let session = caller.require_session()?;
        let user = self.users.find(&[session.user_id]).await?.pop().ok_or(AccessError::Unauthenticated)?;
        if user.email_verified_at.is_some() {
            return Ok(false);
        }
        self.throttle.attempt(&[Gate::new("verification of", &[&user.id.to_string()], Policy::MAIL)]).await?;
        if let Some(owner) = self.users.credentials(&Login::Email(user.email.clone())).await? {
            // Another has proved it. Who asks here is not told.
            let record = Record { events: self.address_in_use.tell(&owner.user).await?.into_iter().collect(), audit: Vec::new() };
            self.tickets.issue(&[], &record).await?;
            return Ok(true);
        }
        let ticket = Ticket::new(self.ids.next(), user.id, Purpose::VerifyEmail, user.email.clone(), self.clock.now());
        let record = Record::NOTHING.with_event(self.recorder.mail(&user, AccountMail::VerifyEmail, Some(&ticket)));
        self.tickets.issue(&[ticket], &record).await?;
        Ok(true)
    }
}
