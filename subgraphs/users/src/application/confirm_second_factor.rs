//! A person proves that their app knows the secret: from now on the second factor is asked for.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError, Randomness};

use super::ask_second_factor::AskSecondFactor;
use super::caller::Caller;
use super::ports::UserRepository;
use super::ports::second_factor::SecondFactorRepository;
use super::record::Recorder;
use super::throttle::ThrottleError;
use crate::domain::audit::Action;
use crate::domain::second_factor::{Code, RecoveryCode};

/// Why it is not asked for.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmSecondFactorError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The code is not of the secret.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// No secret waits to be confirmed.
    #[error("no second factor waits to be confirmed; begin again")]
    NothingBegun,
    /// Too many attempts.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// A port failed.
    #[error("the second factor cannot be turned on")]
    Port(#[from] PortError),
}

/// Turns second factors on.
pub struct ConfirmSecondFactor {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) second_factor: AskSecondFactor,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) recorder: Recorder,
}

impl ConfirmSecondFactor {
    /// The recovery codes, which nobody can see again. The person gets a mail.
    pub async fn run(&self, caller: &Caller, code: &str) -> Result<Vec<RecoveryCode>, ConfirmSecondFactorError> {
        let user_id = caller.require_session()?.user_id;
        let user = self.users.find(&[user_id]).await?.pop().ok_or(AccessError::Unauthenticated)?;
        let waiting = self.factors.find(user_id).await?.filter(|factor| factor.confirmed_at.is_none()).ok_or(ConfirmSecondFactorError::NothingBegun)?;
        let gate = self.second_factor.attempt(user_id).await?;
        let now = self.clock.now();
        let wrong = || InvalidField::new("code", "is not what your app shows now for this secret");
        let Code::Totp(code) = Code::parse("code", code)? else { return Err(wrong().into()) };
        let step = waiting.secret.step_of(&code, now, waiting.last_step).map_err(PortError::corrupt)?.ok_or_else(wrong)?;
        let codes = RecoveryCode::generate_set(&*self.randomness);
        let mut record = self.recorder.note(caller, Action::SecondFactorOn, user_id, None, None);
        record.events.push(self.recorder.mail(&user, AccountMail::SecondFactorOn, None));
        if !self.factors.confirm(&waiting, step, &codes, now, &record).await? {
            return Err(ConfirmSecondFactorError::NothingBegun);
        }
        self.second_factor.throttle.succeeded(&[gate]).await?;
        Ok(codes)
    }
}
