//! A person wants another address. It changes when both the old and the new one have agreed: neither a stolen session nor a
//! stolen mailbox alone takes an account away.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::{Clock, IdGenerator, InvalidField, PortError};

use super::address_in_use::AddressInUse;
use super::caller::Caller;
use super::ports::{TicketRepository, UserRepository};
use super::prove_again::{ProveAgain, ProveAgainError};
use super::record::{Record, Recorder};
use crate::domain::email::Email;
use crate::domain::login::Login;
use crate::domain::ticket::{Purpose, Ticket};

/// Why no mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum RequestEmailChangeError {
    /// The password is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// The address is none, or the one the account has.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the change cannot be prepared")]
    Port(#[from] PortError),
}

/// Asks both addresses.
pub struct RequestEmailChange {
    pub(super) prove_again: ProveAgain,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) address_in_use: AddressInUse,
}

impl RequestEmailChange {
    /// Sends a mail to each address; the links of earlier ones work no more.
    pub async fn run(&self, caller: &Caller, email: &str, password: &str, code: Option<&str>) -> Result<(), RequestEmailChangeError> {
        caller.require_session().map_err(ProveAgainError::from)?;
        let email = Email::parse(email)?;
        let user = self.prove_again.password(caller, "password", password).await?;
        if user.email == email {
            return Err(InvalidField::new("email", "is the address you have").into());
        }
        self.prove_again.second_factor(caller, user.id, code).await?;
        let (now, group) = (self.clock.now(), self.ids.uuid());
        let ticket = |purpose| Ticket::new(self.ids.next(), user.id, purpose, email.clone(), now).together(group);
        let (leave, take) = (ticket(Purpose::LeaveEmail), ticket(Purpose::TakeEmail));
        let mut record = Record::NOTHING.with_event(self.recorder.mail(&user, AccountMail::ConfirmOldEmail, Some(&leave)));
        // An address that is another's gets a mail without a link, and who asked the same answer: the change just never comes about.
        match self.users.credentials(&Login::Email(email.clone())).await? {
            Some(owner) => record.events.extend(self.address_in_use.tell(&owner.user).await?),
            None => record.events.push(self.recorder.mail_to(&user, &email, AccountMail::ConfirmNewEmail, Some(&take))),
        }
        Ok(self.tickets.issue(&[leave, take], &record).await?)
    }
}
