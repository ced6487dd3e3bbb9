//! A person chooses another password.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError};

use super::caller::Caller;
use super::ports::{Ending, NewPassword, PasswordHasher, UserRepository};
use super::prove_again::{ProveAgain, ProveAgainError};
use super::record::Recorder;
use crate::domain::audit::Action;
use crate::domain::password::Password;

/// Why the password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The present password is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// The new one breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the password cannot be changed")]
    Port(#[from] PortError),
}

impl From<AccessError> for ChangePasswordError {
    fn from(error: AccessError) -> Self {
        Self::Proof(error.into())
    }
}

/// Changes passwords.
pub struct ChangePassword {
    pub(super) prove_again: ProveAgain,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl ChangePassword {
    /// Sets the password, ends every other session, and tells the person by mail.
    pub async fn run(&self, caller: &Caller, current: &str, new: &str, code: Option<&str>) -> Result<(), ChangePasswordError> {
        let session = caller.require_session()?;
        let user = self.prove_again.password(caller, "currentPassword", current).await?;
        let about = [user.username.as_str(), user.email.as_str(), user.shown_name()];
        let password = Password::choose(new, &about).map_err(|error| InvalidField { field: "newPassword", ..error })?;
        // Last: a code works once, and a password that breaks a rule must not cost one.
        self.prove_again.second_factor(caller, user.id, code).await?;
        let hash = self.passwords.hash(password).await?;
        let mut record = self.recorder.note(caller, Action::PasswordChanged, user.id, None, None);
        record.events.push(self.recorder.mail(&user, AccountMail::PasswordChanged, None));
        let new = NewPassword { user_id: user.id, hash, now: self.clock.now(), ticket: None };
        let ending = Ending { keep: Some(session.session_id), events: self.recorder.events() };
        self.users.set_password(&new, ending, &record).await?;
        Ok(())
    }
}
