//! A person proves who they are.

use std::sync::Arc;

use kernel::{InvalidField, PortError};

use super::caller::Caller;
use super::enter::{Enter, EnterError, Entered};
use super::ports::{PasswordHasher, UserRepository};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::login::Login;
use crate::domain::password::Password;
use crate::domain::throttle::{Gate, Policy};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// A field cannot name or prove anything.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// No such account, or not its password: the answer does not tell which.
    #[error("wrong username or password")]
    WrongCredentials,
    /// Too many attempts.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// The account is shut.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// A port failed.
    #[error("signing in failed")]
    Port(#[from] PortError),
}

/// Signs in.
pub struct SignIn {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) enter: Enter,
    pub(super) throttle: Throttle,
}

impl SignIn {
    /// A new session of the account that `login` (a username or mail address) names, or the demand for its second factor. Takes as long for an unknown account as for a
    /// wrong password.
    pub async fn run(&self, caller: &Caller, login: &str, password: &str) -> Result<Entered, SignInError> {
        let gates = gates(caller, login);
        let login = Login::parse(login)?;
        let password = Password::present(password)?;
        // Known or not, an account is slow to guess at: the pause tells nothing.
        self.throttle.attempt(&gates).await?;
        let credentials = match &login {
            Some(login) => self.users.credentials(login).await?,
            None => None,
        };
        let (user, hash) = credentials.map(|credentials| (credentials.user, credentials.password)).unzip();
        let proved = self.passwords.verify(password, hash.flatten()).await?;
        let user = user.filter(|_| proved).ok_or(SignInError::WrongCredentials)?;
        self.throttle.succeeded(&gates).await?;
        Ok(self.enter.run(caller, user).await?)
    }
}

/// What is counted of an attempt: what was typed, and from where. A name in capitals is no new start.
fn gates(caller: &Caller, login: &str) -> Vec<Gate> {
    let name = login.trim().to_lowercase();
    let mut gates = vec![Gate::new("account", &[&name], Policy::ACCOUNT)];
    match &caller.address {
        Some(address) => {
            gates.push(Gate::new("account and address", &[&name, address], Policy::ACCOUNT_AND_ADDRESS).cleared_by_success());
            gates.push(Gate::new("address", &[address], Policy::ADDRESS));
        }
        // Nobody knows from where: as if all came from one place.
        None => gates.push(Gate::new("account and address", &[&name, ""], Policy::ACCOUNT_AND_ADDRESS).cleared_by_success()),
    }
    gates
}
