//! A person who reads the account's mail chooses a new password.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::{Clock, InvalidField, PortError};

use super::caller::Caller;
use super::one_time_link::{OneTimeLink, OneTimeLinkError, refused};
use super::ports::{Ending, NewPassword, PasswordHasher, UserRepository};
use super::record::Recorder;
use crate::domain::audit::Action;
use crate::domain::password::Password;
use crate::domain::ticket::Purpose;

/// Why the password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// The link allows nothing.
    #[error(transparent)]
    Link(#[from] OneTimeLinkError),
    /// The password breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the password cannot be changed")]
    Port(#[from] PortError),
}

/// Sets forgotten passwords.
pub struct ResetPassword {
    pub(super) link: OneTimeLink,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl ResetPassword {
    /// Sets the password, ends every session, and tells the person by mail. Works once. A password that breaks a rule leaves the link
    /// as good as it was.
    pub async fn run(&self, caller: &Caller, token: &str, password: &str) -> Result<(), ResetPasswordError> {
        let ticket = self.link.take(token, &[Purpose::ResetPassword]).await?;
        let user = self.users.find(&[ticket.user_id]).await?.pop().ok_or_else(refused).map_err(OneTimeLinkError::from)?;
        let password = Password::choose(password, &[user.username.as_str(), user.email.as_str(), user.shown_name()])?;
        let hash = self.passwords.hash(password).await?;
        let mut record = self.recorder.note(caller, Action::PasswordReset, user.id, None, None);
        record.events.push(self.recorder.mail(&user, AccountMail::PasswordChanged, None));
        let new = NewPassword { user_id: user.id, hash, now: self.clock.now(), ticket: Some(ticket.id) };
        let ending = Ending { keep: None, events: self.recorder.events() };
        if self.users.set_password(&new, ending, &record).await? { Ok(()) } else { Err(OneTimeLinkError::from(refused()).into()) }
    }
}
