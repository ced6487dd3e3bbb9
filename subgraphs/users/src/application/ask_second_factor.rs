//! The second factor of an account, wherever it is asked for: at signing in, and again before what a stolen session must not do.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::id::{TicketId, UserId};
use kernel::{Clock, InvalidField, PortError};

use super::caller::Caller;
use super::ports::second_factor::{Passed, Proof, SecondFactorRepository};
use super::record::{Record, Recorder};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::audit::Action;
use crate::domain::second_factor::{Code, SecondFactor, TotpError};
use crate::domain::throttle::{Gate, Policy};

/// Why the second factor is not proved.
#[derive(Debug, thiserror::Error)]
pub enum AskSecondFactorError {
    /// There is no code where one is needed, or it is wrong, too old or used: the answer does not tell which.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// The right to sign in with it was used or is too old.
    #[error("this took too long or was done already; sign in again")]
    ChallengeGone,
    /// Too many attempts.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// A port failed.
    #[error("the second factor cannot be checked")]
    Port(#[from] PortError),
}

impl From<TotpError> for AskSecondFactorError {
    fn from(error: TotpError) -> Self {
        Self::Port(PortError::corrupt(error))
    }
}

/// Asks for second factors.
#[derive(Clone)]
pub struct AskSecondFactor {
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
}

impl AskSecondFactor {
    /// The account's second factor, if it has one that is asked for.
    pub(super) async fn of(&self, user_id: UserId) -> Result<Option<SecondFactor>, PortError> {
        Ok(self.factors.find(user_id).await?.filter(|factor| factor.confirmed_at.is_some()))
    }

    /// Passes accounts without one, and those whose `code` (the input's `field`) proves it.
    pub(super) async fn step_up(&self, caller: &Caller, user_id: UserId, field: &'static str, code: Option<&str>) -> Result<(), AskSecondFactorError> {
        let Some(factor) = self.of(user_id).await? else { return Ok(()) };
        let code = code.ok_or_else(|| InvalidField::new(field, "is needed: this account has a second factor"))?;
        self.prove(caller, &factor, field, code, None).await
    }

    /// Uses `code` up, and `ticket` where one is given.
    pub(super) async fn prove(
        &self,
        caller: &Caller,
        factor: &SecondFactor,
        field: &'static str,
        code: &str,
        ticket: Option<TicketId>,
    ) -> Result<(), AskSecondFactorError> {
        let code = Code::parse(field, code)?;
        let gate = self.attempt(factor.user_id).await?;
        let now = self.clock.now();
        let wrong = || InvalidField::new(field, "is wrong, too old or was used already");
        let proof = proof(factor, code, now)?.ok_or_else(wrong)?;
        let record = match &proof {
            Proof::Step(_) => Record::NOTHING,
            Proof::Recovery(_) => self.recorder.note(caller, Action::RecoveryCodeUsed, factor.user_id, None, None),
        };
        match self.factors.pass(factor.user_id, &proof, ticket, now, &record).await? {
            Passed::Yes => Ok(self.throttle.succeeded(&[gate]).await?),
            Passed::No => Err(wrong().into()),
            Passed::TicketGone => Err(AskSecondFactorError::ChallengeGone),
        }
    }

    /// Counts an attempt on an account's codes, whatever asks for them.
    pub(super) async fn attempt(&self, user_id: UserId) -> Result<Gate, ThrottleError> {
        let gate = Gate::new("second factor", &[&user_id.to_string()], Policy::SECOND_FACTOR).cleared_by_success();
        self.throttle.attempt(std::slice::from_ref(&gate)).await?;
        Ok(gate)
    }
}

fn proof(factor: &SecondFactor, code: Code, now: DateTime<Utc>) -> Result<Option<Proof>, TotpError> {
    match code {
        Code::Totp(code) => Ok(factor.secret.step_of(&code, now, factor.last_step)?.map(Proof::Step)),
        Code::Recovery(code) => Ok(Some(Proof::Recovery(code))),
    }
}
