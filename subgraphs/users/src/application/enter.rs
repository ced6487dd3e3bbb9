//! Lets somebody in who has proved with a password, or by a provider, that an account is theirs: the account must be open, and where
//! it has a second factor, that is asked for first. The same for every way of signing in.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::{Clock, IdGenerator, PortError};
use platform::one_time::OneTimeTokens;

use super::ask_second_factor::AskSecondFactor;
use super::caller::Caller;
use super::open_session::{OpenSession, SignedIn};
use super::ports::TicketRepository;
use super::record::Record;
use crate::domain::ticket::{Purpose, Ticket};
use crate::domain::user::User;

/// The account is shut.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// Told only to who has proved that it is theirs.
    #[error("this account is suspended")]
    Suspended,
    /// A port failed.
    #[error("the session cannot be opened")]
    Port(#[from] PortError),
}

/// What signing in has come to.
#[derive(Debug, Clone)]
pub enum Entered {
    /// In.
    SignedIn(Box<SignedIn>),
    /// Not before the second factor is proved.
    SecondFactor(Challenge),
}

/// The right to prove the second factor, once.
#[derive(Clone)]
pub struct Challenge {
    /// What the client sends back with the code.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Challenge").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Lets people in.
#[derive(Clone)]
pub struct Enter {
    pub(super) second_factor: AskSecondFactor,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) tokens: OneTimeTokens,
    pub(super) open_session: OpenSession,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
}

impl Enter {
    /// A session of `user`, or what is missing for one.
    pub(super) async fn run(&self, caller: &Caller, user: User) -> Result<Entered, EnterError> {
        if user.suspended_at.is_some() {
            return Err(EnterError::Suspended);
        }
        if self.second_factor.of(user.id).await?.is_none() {
            return Ok(Entered::SignedIn(Box::new(self.open_session.run(caller, user).await?)));
        }
        let ticket = Ticket::new(self.ids.next(), user.id, Purpose::SecondFactor, user.email, self.clock.now());
        self.tickets.issue(std::slice::from_ref(&ticket), &Record::NOTHING).await?;
        Ok(Entered::SecondFactor(Challenge { token: self.tokens.token(ticket.id), expires_at: ticket.expires_at }))
    }
}
