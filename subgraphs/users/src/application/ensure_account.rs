//! Whoever runs Polyphony has an account there with a role: the demo account, the first admin. The command line's entrance;
//! clients cannot reach it.

use std::sync::Arc;

use kernel::{InvalidField, PortError};
use serde_json::json;

use super::caller::Caller;
use super::create_account::{CreateAccount, CreateAccountError, NewAccount};
use super::ports::UserRepository;
use super::record::Recorder;
use crate::domain::audit::Action;
use crate::domain::email::Email;
use crate::domain::user::User;
use crate::domain::username::Username;

/// Why there is no such account.
#[derive(Debug, thiserror::Error)]
pub enum EnsureAccountError {
    /// A field breaks a rule.
    #[error("the account is not acceptable")]
    Account(#[from] CreateAccountError),
    /// The username is there with another address: somebody else's account, perhaps registered to catch this very role.
    #[error("the account {username} exists with another e-mail address")]
    OtherEmail {
        /// The name.
        username: Username,
    },
    /// A port failed.
    #[error("the account cannot be looked up or changed")]
    Port(#[from] PortError),
}

impl From<InvalidField> for EnsureAccountError {
    fn from(error: InvalidField) -> Self {
        Self::Account(error.into())
    }
}

/// Makes accounts that must be there.
pub struct EnsureAccount {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) create_account: CreateAccount,
    pub(super) recorder: Recorder,
}

impl EnsureAccount {
    /// Makes the account by the rules of registering, or gives the existing one of that username and address the role; its
    /// password stays. Doing it again, or at the same time elsewhere, changes nothing more.
    pub async fn run(&self, wish: NewAccount) -> Result<User, EnsureAccountError> {
        let username = Username::parse(&wish.username)?;
        let email = Email::parse(&wish.email)?;
        let role = wish.role;
        let operator = Caller::default();
        let user = match self.users.find_by_username(&username).await? {
            Some(user) => user,
            None => match self.create_account.run(&operator, wish).await {
                Ok(user) => return Ok(user),
                // Another process was faster, or the address belongs to another name: then there is still nobody.
                Err(error @ (CreateAccountError::Taken { .. } | CreateAccountError::Alike)) => self.users.find_by_username(&username).await?.ok_or(error)?,
                Err(error) => return Err(error.into()),
            },
        };
        if user.email != email {
            return Err(EnsureAccountError::OtherEmail { username });
        }
        if user.role == role {
            return Ok(user);
        }
        let record = self.recorder.note(&operator, Action::RoleChanged, user.id, Some(json!({ "role": user.role })), Some(json!({ "role": role })));
        Ok(self.users.set_role(user.id, role, &record).await?)
    }
}
