//! A person signs in by an identity of a provider, and gets an account when they have none.
//!
//! An identity opens the account that it was linked to, and no other. Its address never does: a provider that verifies no address, or a
//! person who once held one, would otherwise take accounts over. Whoever has an account already links the identity while signed in.

use std::sync::Arc;

use kernel::{Clock, PortError};

use super::caller::Caller;
use super::create_account::{CreateAccount, CreateAccountError};
use super::enter::{Enter, EnterError, Entered};
use super::ports::UserRepository;
use super::ports::identity::IdentityRepository;
use super::redeem_flow::{RedeemFlow, RedeemFlowError};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInWithProviderError {
    /// The code proves nothing.
    #[error(transparent)]
    Redeem(#[from] RedeemFlowError),
    /// The account behind the address is another's, or the person's own from before.
    #[error("there is an account with this e-mail address; sign in to it and link the provider there")]
    AddressInUse,
    /// There is no new account.
    #[error(transparent)]
    Account(CreateAccountError),
    /// The account is shut.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// A port failed.
    #[error("signing in failed")]
    Port(#[from] PortError),
}

/// Signs in by providers.
pub struct SignInWithProvider {
    pub(super) redeem: RedeemFlow,
    pub(super) identities: Arc<dyn IdentityRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) create_account: CreateAccount,
    pub(super) enter: Enter,
    pub(super) clock: Arc<dyn Clock>,
}

impl SignInWithProvider {
    /// A session, or the demand for the second factor.
    pub async fn run(&self, caller: &Caller, code: &str, verifier: &str) -> Result<Entered, SignInWithProviderError> {
        let foreign = self.redeem.run(code, verifier).await?;
        if let Some(identity) = self.identities.find(&foreign.provider, &foreign.subject).await? {
            let user = self.users.find(&[identity.user_id]).await?.pop().ok_or(PortError::NotFound)?;
            self.identities.used(identity.id, self.clock.now()).await?;
            return Ok(self.enter.run(caller, user).await?);
        }
        let user = self.create_account.by_identity(caller, &*self.identities, &foreign).await.map_err(|error| match error {
            CreateAccountError::Taken { field: "email" } => SignInWithProviderError::AddressInUse,
            other => SignInWithProviderError::Account(other),
        })?;
        Ok(self.enter.run(caller, user).await?)
    }
}
