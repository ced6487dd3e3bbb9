//! A person does without the second factor from now on.

use std::sync::Arc;

use kernel::PortError;
use kernel::events::AccountMail;

use super::caller::Caller;
use super::ports::second_factor::SecondFactorRepository;
use super::prove_again::{ProveAgain, ProveAgainError};
use super::record::Recorder;
use crate::domain::audit::Action;

/// Why it stays.
#[derive(Debug, thiserror::Error)]
pub enum TurnSecondFactorOffError {
    /// The password or the second factor is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// There is none.
    #[error("there is no second factor")]
    NotOn,
    /// A port failed.
    #[error("the second factor cannot be turned off")]
    Port(#[from] PortError),
}

/// Turns second factors off.
pub struct TurnSecondFactorOff {
    pub(super) prove_again: ProveAgain,
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) recorder: Recorder,
}

impl TurnSecondFactorOff {
    /// Forgets the secret and the recovery codes. The person gets a mail.
    pub async fn run(&self, caller: &Caller, password: &str, code: &str) -> Result<(), TurnSecondFactorOffError> {
        let user = self.prove_again.run(caller, "password", password, Some(code)).await?;
        let mut record = self.recorder.note(caller, Action::SecondFactorOff, user.id, None, None);
        record.events.push(self.recorder.mail(&user, AccountMail::SecondFactorOff, None));
        if self.factors.remove(user.id, &record).await? { Ok(()) } else { Err(TurnSecondFactorOffError::NotOn) }
    }
}
