//! An admin takes a second factor away from an account whose person has lost it, codes and all.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::id::UserId;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError};
use serde_json::json;

use super::caller::Caller;
use super::ports::second_factor::SecondFactorRepository;
use super::ports::{Ending, UserRepository};
use super::prove_again::{ProveAgain, ProveAgainError};
use super::record::Recorder;
use crate::domain::audit::{self, Action};
use crate::domain::user::User;

/// Why it stays.
#[derive(Debug, thiserror::Error)]
pub enum ResetSecondFactorError {
    /// Nobody is signed in, or no admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The admin's own password or second factor is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// The reason is missing or too long.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// An admin's own: a stolen session must not do this.
    #[error("turn your own second factor off, or ask another admin")]
    Own,
    /// There is none.
    #[error("there is no second factor")]
    NotOn,
    /// A port failed.
    #[error("the second factor cannot be taken away")]
    Port(#[from] PortError),
}

/// What an admin wants, and what proves that it is they.
#[derive(Debug, Clone, Copy)]
pub struct ResetWish<'a> {
    /// Whose second factor.
    pub user_id: UserId,
    /// Why; for the audit.
    pub reason: &'a str,
    /// The admin's password.
    pub password: &'a str,
    /// A code of the admin's second factor, where they have one.
    pub code: Option<&'a str>,
}

/// Takes second factors away.
pub struct ResetSecondFactor {
    pub(super) prove_again: ProveAgain,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl ResetSecondFactor {
    /// Forgets the secret and the recovery codes, and ends every session of the account. The person gets a mail.
    pub async fn run(&self, caller: &Caller, wish: ResetWish<'_>) -> Result<User, ResetSecondFactorError> {
        let admin = caller.require_admin()?;
        let reason = audit::reason(wish.reason)?;
        if admin.user_id == wish.user_id {
            return Err(ResetSecondFactorError::Own);
        }
        self.prove_again.run(caller, "password", wish.password, wish.code).await?;
        let user = self.users.find(&[wish.user_id]).await?.pop().ok_or(ResetSecondFactorError::NotFound)?;
        let mut record = self.recorder.note(caller, Action::SecondFactorReset, user.id, None, Some(json!({ "reason": reason })));
        record.events.push(self.recorder.mail(&user, AccountMail::SecondFactorReset, None));
        let ending = Ending { keep: None, events: self.recorder.events() };
        if self.factors.reset(user.id, self.clock.now(), ending, &record).await? { Ok(user) } else { Err(ResetSecondFactorError::NotOn) }
    }
}
