//! Sends the mails that people asked for who have forgotten their password.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::{Clock, IdGenerator, PortError};

use super::ports::{TicketRepository, UserRepository};
use super::record::{Record, Recorder};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::login::Login;
use crate::domain::throttle::{Gate, Policy};
use crate::domain::ticket::{Purpose, Ticket};
use crate::domain::user::User;

const BATCH: u64 = 32;
/// Accounts with one address that nobody has proved which get a mail.
const UNPROVED: u64 = 3;

/// Works the notes off.
pub struct SendPasswordResets {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
}

impl SendPasswordResets {
    /// How many notes there were. A crash in between sends a mail twice rather than never; the later one's link works.
    pub async fn run(&self) -> Result<usize, PortError> {
        let notes = self.tickets.forgotten(BATCH).await?;
        for (id, login) in &notes {
            self.send(login).await?;
            self.tickets.drop_forgotten(*id).await?;
        }
        Ok(notes.len())
    }

    async fn send(&self, login: &str) -> Result<(), PortError> {
        let Ok(Some(login)) = Login::parse(login) else { return Ok(()) };
        let users = match (self.users.credentials(&login).await?, &login) {
            (Some(credentials), _) => vec![credentials.user],
            // Nobody has proved the address: whoever reads its mail may be any of these.
            (None, Login::Email(email)) => self.users.unproved_with(email, UNPROVED).await?,
            (None, Login::Username(_)) => Vec::new(),
        };
        for user in users {
            self.send_to(user).await?;
        }
        Ok(())
    }

    async fn send_to(&self, user: User) -> Result<(), PortError> {
        match self.throttle.attempt(&[Gate::new("reset of", &[&user.id.to_string()], Policy::MAIL)]).await {
            Ok(()) => {}
            // Nobody fills another's mailbox; who asked was answered already.
            Err(ThrottleError::TooMany { .. }) => return Ok(()),
            Err(ThrottleError::Port(error)) => return Err(error),
        }
        let ticket = Ticket::new(self.ids.next(), user.id, Purpose::ResetPassword, user.email.clone(), self.clock.now());
        let record = Record::NOTHING.with_event(self.recorder.mail(&user, AccountMail::ResetPassword, Some(&ticket)));
        self.tickets.issue(&[ticket], &record).await
    }
}
