//! A person who has proved the first factor proves the second, and is in.

use std::sync::Arc;

use kernel::{InvalidField, PortError};

use super::ask_second_factor::{AskSecondFactor, AskSecondFactorError};
use super::caller::Caller;
use super::one_time_link::{OneTimeLink, OneTimeLinkError};
use super::open_session::{OpenSession, SignedIn};
use super::ports::UserRepository;
use crate::domain::ticket::Purpose;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum CompleteSignInError {
    /// The challenge is none, was used or is too old: the answer does not tell which.
    #[error("this took too long or was done already; sign in again")]
    ChallengeGone,
    /// The code is not right.
    #[error(transparent)]
    Code(#[from] AskSecondFactorError),
    /// The account was shut meanwhile.
    #[error("this account is suspended")]
    Suspended,
    /// A port failed.
    #[error("signing in failed")]
    Port(#[from] PortError),
}

impl From<OneTimeLinkError> for CompleteSignInError {
    fn from(error: OneTimeLinkError) -> Self {
        match error {
            OneTimeLinkError::Refused(InvalidField { .. }) => Self::ChallengeGone,
            OneTimeLinkError::Port(error) => Self::Port(error),
        }
    }
}

/// Signs in with a second factor.
pub struct CompleteSignIn {
    pub(super) link: OneTimeLink,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) second_factor: AskSecondFactor,
    pub(super) open_session: OpenSession,
}

impl CompleteSignIn {
    /// A session, for the challenge that signing in gave and a code of the app or of the list. A wrong code leaves the challenge as
    /// good as it was; a right one uses both up.
    pub async fn run(&self, caller: &Caller, challenge: &str, code: &str) -> Result<SignedIn, CompleteSignInError> {
        let ticket = self.link.take(challenge, &[Purpose::SecondFactor]).await?;
        let user = self.users.find(&[ticket.user_id]).await?.pop().ok_or(CompleteSignInError::ChallengeGone)?;
        if user.suspended_at.is_some() {
            return Err(CompleteSignInError::Suspended);
        }
        // Turned off meanwhile: whoever did that can sign in anew.
        let factor = self.second_factor.of(user.id).await?.ok_or(CompleteSignInError::ChallengeGone)?;
        self.second_factor.prove(caller, &factor, "code", code, Some(ticket.id)).await?;
        Ok(self.open_session.run(caller, user).await?)
    }
}
