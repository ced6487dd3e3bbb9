//! A person makes an account and is signed in.

use kernel::PortError;

use super::caller::Caller;
use super::create_account::{CreateAccount, CreateAccountError, NewAccount};
use super::open_session::{OpenSession, SignedIn};

/// Why nobody is registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// There is no account.
    #[error(transparent)]
    Account(#[from] CreateAccountError),
    /// There is one, but no session; signing in will work later.
    #[error("the session cannot be opened")]
    Session(#[source] PortError),
}

/// Registers.
pub struct Register {
    pub(super) create_account: CreateAccount,
    pub(super) open_session: OpenSession,
}

impl Register {
    /// The account and its first session.
    pub async fn run(&self, caller: &Caller, wish: NewAccount) -> Result<SignedIn, RegisterError> {
        let user = self.create_account.run(caller, wish).await?;
        self.open_session.run(caller, user).await.map_err(RegisterError::Session)
    }
}
