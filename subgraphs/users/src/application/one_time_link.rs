//! Takes back the token of a link.

use std::sync::Arc;

use kernel::{Clock, InvalidField, PortError};
use platform::one_time::OneTimeTokens;

use super::ports::TicketRepository;
use crate::domain::ticket::{Purpose, Ticket};

/// Why a link allows nothing.
#[derive(Debug, thiserror::Error)]
pub enum OneTimeLinkError {
    /// Not of our making, used, too old, or for something else: the answer does not tell which.
    #[error(transparent)]
    Refused(#[from] InvalidField),
    /// A port failed.
    #[error("the link cannot be checked")]
    Port(#[from] PortError),
}

/// Takes tokens back.
#[derive(Clone)]
pub struct OneTimeLink {
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) tokens: OneTimeTokens,
    pub(super) clock: Arc<dyn Clock>,
}

impl OneTimeLink {
    /// The good ticket of `token`, for one of `purposes`. It is not used up yet.
    pub(super) async fn take(&self, token: &str, purposes: &[Purpose]) -> Result<Ticket, OneTimeLinkError> {
        // The signature first: what we did not make costs no look into the store.
        let id = self.tokens.verify(token).ok_or_else(refused)?;
        let ticket = self.tickets.find(id, self.clock.now()).await?.filter(|ticket| purposes.contains(&ticket.purpose));
        Ok(ticket.ok_or_else(refused)?)
    }
}

/// The refusal of a link.
pub(super) fn refused() -> InvalidField {
    InvalidField::new("token", "is not valid any more; ask for another mail")
}
