//! A person has forgotten their password.
//!
//! The answer is the same whether there is such an account or not, and so is the work until the answer: a note of what was typed.
//! Whose it is, [`SendPasswordResets`](super::send_password_resets::SendPasswordResets) finds out later.

use std::sync::Arc;

use kernel::{Clock, IdGenerator, InvalidField, PortError};

use super::caller::Caller;
use super::ports::TicketRepository;
use super::throttle::{Throttle, ThrottleError};
use crate::domain::login::Login;
use crate::domain::throttle::{Gate, Policy};

/// Why the wish was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RequestPasswordResetError {
    /// The text can name nobody.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Too many from that address, whoever was named.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// A port failed.
    #[error("the wish cannot be noted")]
    Port(#[from] PortError),
}

/// Takes the wish.
pub struct RequestPasswordReset {
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) throttle: Throttle,
}

impl RequestPasswordReset {
    /// Notes that the person whom `login` names, if anybody, is to get a mail.
    pub async fn run(&self, caller: &Caller, login: &str) -> Result<(), RequestPasswordResetError> {
        // For its refusals alone: whether it could be a name must not show either.
        Login::parse(login)?;
        if let Some(address) = &caller.address {
            self.throttle.attempt(&[Gate::new("reset from", &[address], Policy::ADDRESS)]).await?;
        }
        Ok(self.tickets.note_forgotten(self.ids.uuid(), login, self.clock.now()).await?)
    }
}
