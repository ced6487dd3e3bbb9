//! A person gets new recovery codes.

use std::sync::Arc;

use kernel::{PortError, Randomness};

use super::caller::Caller;
use super::ports::second_factor::SecondFactorRepository;
use super::prove_again::{ProveAgain, ProveAgainError};
use super::record::Recorder;
use crate::domain::audit::Action;
use crate::domain::second_factor::RecoveryCode;

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum RenewRecoveryCodesError {
    /// The password or the second factor is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// There is no second factor.
    #[error("there is no second factor")]
    NotOn,
    /// A port failed.
    #[error("the recovery codes cannot be renewed")]
    Port(#[from] PortError),
}

/// Renews recovery codes.
pub struct RenewRecoveryCodes {
    pub(super) prove_again: ProveAgain,
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) recorder: Recorder,
}

impl RenewRecoveryCodes {
    /// New codes, which nobody can see again; those before work no more.
    pub async fn run(&self, caller: &Caller, password: &str, code: &str) -> Result<Vec<RecoveryCode>, RenewRecoveryCodesError> {
        let user = self.prove_again.run(caller, "password", password, Some(code)).await?;
        if self.factors.find(user.id).await?.is_none_or(|factor| factor.confirmed_at.is_none()) {
            return Err(RenewRecoveryCodesError::NotOn);
        }
        let codes = RecoveryCode::generate_set(&*self.randomness);
        let record = self.recorder.note(caller, Action::RecoveryCodesRenewed, user.id, None, None);
        self.factors.renew_codes(user.id, &codes, &record).await?;
        Ok(codes)
    }
}
