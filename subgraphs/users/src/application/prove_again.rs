//! A signed-in person proves once more who they are, before something that a stolen session must not do.

use std::sync::Arc;

use kernel::id::UserId;
use kernel::viewer::AccessError;
use kernel::{InvalidField, PortError};

use super::ask_second_factor::{AskSecondFactor, AskSecondFactorError};
use super::caller::Caller;
use super::ports::identity::IdentityRepository;
use super::ports::{Credentials, PasswordHasher, UserRepository};
use super::redeem_flow::{RedeemFlow, RedeemFlowError};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::password::Password;
use crate::domain::throttle::{Gate, Policy};
use crate::domain::user::User;

/// Why nothing is proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveAgainError {
    /// Nobody is signed in, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The password is none, or not the account's.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Too many attempts.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// The account has a second factor, which is not proved.
    #[error(transparent)]
    SecondFactor(#[from] AskSecondFactorError),
    /// A port failed.
    #[error("the password cannot be checked")]
    Port(#[from] PortError),
}

/// What proves the first factor.
#[derive(Debug, Clone, Copy)]
pub enum First<'a> {
    /// The account's password.
    Password(&'a str),
    /// A fresh sign-in at a provider that is linked to the account: what the browser came back with, and the verifier it set out with.
    Provider {
        /// The code.
        code: &'a str,
        /// The verifier.
        verifier: &'a str,
    },
}

/// Checks the password of who is signed in, or their fresh sign-in at a provider, and the second factor where there is one.
#[derive(Clone)]
pub struct ProveAgain {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) throttle: Throttle,
    pub(super) second_factor: AskSecondFactor,
    pub(super) redeem: RedeemFlow,
    pub(super) identities: Arc<dyn IdentityRepository>,
}

impl ProveAgain {
    /// Both: the account, when `first` (the input's `password` or `provider`) and `code` are its own. For accounts without a password.
    pub(super) async fn any(&self, caller: &Caller, first: First<'_>, code: Option<&str>) -> Result<User, ProveAgainError> {
        let user = match first {
            First::Password(password) => self.password(caller, "password", password).await?,
            First::Provider { code, verifier } => self.provider(caller, code, verifier).await?,
        };
        self.second_factor(caller, user.id, code).await?;
        Ok(user)
    }

    /// The account, when the identity that signed in afresh is linked to it. The code is used up.
    async fn provider(&self, caller: &Caller, code: &str, verifier: &str) -> Result<User, ProveAgainError> {
        const FIELD: &str = "provider";
        let user_id = caller.require_session()?.user_id;
        let foreign = self.redeem.run(code, verifier).await.map_err(|error| match error {
            RedeemFlowError::Invalid(error) => ProveAgainError::Invalid(InvalidField { field: FIELD, ..error }),
            RedeemFlowError::Port(error) => ProveAgainError::Port(error),
        })?;
        let linked = self.identities.find(&foreign.provider, &foreign.subject).await?.filter(|identity| identity.user_id == user_id);
        if linked.is_none() {
            return Err(InvalidField::new(FIELD, "knows you as somebody who is not linked to this account").into());
        }
        Ok(self.users.find(&[user_id]).await?.pop().ok_or(AccessError::Unauthenticated)?)
    }

    /// Both: the account, when `password` (the input's `field`) and `code` are its own.
    pub(super) async fn run(&self, caller: &Caller, field: &'static str, password: &str, code: Option<&str>) -> Result<User, ProveAgainError> {
        let user = self.password(caller, field, password).await?;
        self.second_factor(caller, user.id, code).await?;
        Ok(user)
    }

    /// Uses `code` up, where the account has a second factor.
    pub(super) async fn second_factor(&self, caller: &Caller, user_id: UserId, code: Option<&str>) -> Result<(), ProveAgainError> {
        Ok(self.second_factor.step_up(caller, user_id, "code", code).await?)
    }

    /// The account, when `password` is its password; otherwise the input's `field` is wrong.
    pub(super) async fn password(&self, caller: &Caller, field: &'static str, password: &str) -> Result<User, ProveAgainError> {
        let session = caller.require_session()?;
        let password = Password::present(password).map_err(|error| InvalidField { field, ..error })?;
        let gate = Gate::new("proof", &[&session.user_id.to_string()], Policy::ACCOUNT_AND_ADDRESS).cleared_by_success();
        self.throttle.attempt(std::slice::from_ref(&gate)).await?;
        let Credentials { user, password: hash } = self.users.credentials_of(session.user_id).await?.ok_or(AccessError::Unauthenticated)?;
        if !self.passwords.verify(password, hash).await? {
            return Err(InvalidField::new(field, "is not your password").into());
        }
        self.throttle.succeeded(&[gate]).await?;
        Ok(user)
    }
}
