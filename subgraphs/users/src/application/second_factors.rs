//! All that a person can do about their second factor.

use std::sync::Arc;

use kernel::PortError;
use kernel::viewer::AccessError;

use super::Ports;
use super::ask_second_factor::AskSecondFactor;
use super::begin_second_factor::BeginSecondFactor;
use super::caller::Caller;
use super::confirm_second_factor::ConfirmSecondFactor;
use super::prove_again::ProveAgain;
use super::record::Recorder;
use super::renew_recovery_codes::RenewRecoveryCodes;
use super::reset_second_factor::ResetSecondFactor;
use super::turn_second_factor_off::TurnSecondFactorOff;
use crate::domain::second_factor::SecondFactor;

/// Why it cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum FindSecondFactorError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the second factor cannot be looked up")]
    Port(#[from] PortError),
}

/// Everything the entrances can ask for about second factors.
pub struct SecondFactors {
    /// Get a secret.
    pub begin: BeginSecondFactor,
    /// Have it asked for.
    pub confirm: ConfirmSecondFactor,
    /// Do without.
    pub turn_off: TurnSecondFactorOff,
    /// Get new codes for when the phone is gone.
    pub renew_codes: RenewRecoveryCodes,
    /// Take another's away, for admins.
    pub reset: ResetSecondFactor,
    ask: AskSecondFactor,
}

impl SecondFactors {
    /// All of them on `ports`.
    pub(super) fn new(ports: &Ports, ask: AskSecondFactor, prove_again: ProveAgain, recorder: Recorder) -> Self {
        let Ports { users, second_factors: factors, clock, randomness, .. } = ports.clone();
        Self {
            reset: ResetSecondFactor {
                prove_again: prove_again.clone(),
                users: users.clone(),
                factors: Arc::clone(&factors),
                clock: clock.clone(),
                recorder: recorder.clone(),
            },
            begin: BeginSecondFactor { prove_again: prove_again.clone(), factors: Arc::clone(&factors), clock: clock.clone(), randomness: randomness.clone() },
            confirm: ConfirmSecondFactor {
                users,
                factors: Arc::clone(&factors),
                second_factor: ask.clone(),
                clock,
                randomness: randomness.clone(),
                recorder: recorder.clone(),
            },
            turn_off: TurnSecondFactorOff { prove_again: prove_again.clone(), factors: Arc::clone(&factors), recorder: recorder.clone() },
            renew_codes: RenewRecoveryCodes { prove_again, factors, randomness, recorder },
            ask,
        }
    }

    /// The caller's, if it is asked for.
    pub async fn of(&self, caller: &Caller) -> Result<Option<SecondFactor>, FindSecondFactorError> {
        Ok(self.ask.of(caller.require_session()?.user_id).await?)
    }
}
