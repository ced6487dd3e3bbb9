//! A person proves who they are.

use std::sync::Arc;

use kernel::{InvalidField, PortError};

use super::open_session::{OpenSession, SignedIn};
use super::ports::{PasswordHasher, UserRepository};
use crate::domain::login::Login;
use crate::domain::password::Password;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// A field cannot name or prove anything.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// No such account, or not its password: the answer does not tell which.
    #[error("wrong username or password")]
    WrongCredentials,
    /// A port failed.
    #[error("signing in failed")]
    Port(#[from] PortError),
}

/// Signs in.
pub struct SignIn {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) open_session: OpenSession,
}

impl SignIn {
    /// A new session of the account that `login` (a username or mail address) names. Takes as long for an unknown account as for a
    /// wrong password.
    pub async fn run(&self, login: &str, password: &str) -> Result<SignedIn, SignInError> {
        let login = Login::parse(login)?;
        let password = Password::present(password)?;
        let credentials = match &login {
            Some(login) => self.users.credentials(login).await?,
            None => None,
        };
        let (user, hash) = credentials.map(|credentials| (credentials.user, credentials.password)).unzip();
        let proved = self.passwords.verify(password, hash.flatten()).await?;
        let user = user.filter(|_| proved).ok_or(SignInError::WrongCredentials)?;
        Ok(self.open_session.run(user).await?)
    }
}
