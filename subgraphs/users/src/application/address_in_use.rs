//! Tells the owner of an address that somebody wanted to use it. Whoever wanted to is answered as if it were free: nobody finds out by
//! registering who has an account.

use kernel::events::AccountMail;
use kernel::{Event, PortError};

use super::record::Recorder;
use super::throttle::{Throttle, ThrottleError};
use crate::domain::throttle::{Gate, Policy};
use crate::domain::user::User;

/// Writes to owners.
#[derive(Clone)]
pub struct AddressInUse {
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
}

impl AddressInUse {
    /// The mail to `owner`, unless they got several lately: nobody fills another's mailbox.
    pub(super) async fn tell(&self, owner: &User) -> Result<Option<Event>, PortError> {
        match self.throttle.attempt(&[Gate::new("address in use", &[&owner.id.to_string()], Policy::MAIL)]).await {
            Ok(()) => Ok(Some(self.recorder.mail(owner, AccountMail::AddressInUse, None))),
            Err(ThrottleError::TooMany { .. }) => Ok(None),
            Err(ThrottleError::Port(error)) => Err(error),
        }
    }
}
