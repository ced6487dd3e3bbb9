//! A client trades its refresh token for fresh tokens.
//!
//! Refresh token rotation as of RFC 9700 §4.14.2: each token works once, and a second use ends the whole session, because
//! of the two who hold it one may be a thief and nobody can tell which. There is no grace period, so two concurrent
//! refreshes of one token are a reuse too: one gets its tokens, the other UNAUTHENTICATED, and the tokens of the first renew no
//! more. A client must therefore refresh one at a time; in return a stolen token is worth at most one access token's life.

use std::sync::Arc;

use kernel::{InvalidField, PortError};

use super::caller::Caller;
use super::open_session::{OpenSession, SignedIn};
use super::ports::{Rotation, Seen, SessionRepository, UserRepository};
use super::record::Recorder;
use crate::domain::session::RefreshSecret;

/// Why the session is not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshSessionError {
    /// The text cannot be a token.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Unknown, used, too old, or the session has ended: the answer does not tell which.
    #[error("this refresh token is not valid any more, sign in again")]
    Refused,
    /// A port failed.
    #[error("the session cannot be renewed")]
    Port(#[from] PortError),
}

/// Renews sessions.
pub struct RefreshSession {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) open_session: OpenSession,
    pub(super) recorder: Recorder,
}

impl RefreshSession {
    /// Fresh tokens of the same session, with the account's role of now.
    pub async fn run(&self, caller: &Caller, refresh_token: &str) -> Result<SignedIn, RefreshSessionError> {
        let presented = RefreshSecret::present(refresh_token)?.hash();
        let (secret, next) = self.open_session.fresh_token();
        let seen = Seen { now: next.created_at, address: caller.address.clone(), device: caller.device.clone() };
        let session = match self.sessions.rotate(&presented, &next, &seen, self.recorder.events()).await? {
            Rotation::Rotated(session) => session,
            Rotation::Reused(session) => {
                tracing::warn!(session = %session.id, user = %session.user_id, "a refresh token was used twice; its session has ended");
                return Err(RefreshSessionError::Refused);
            }
            Rotation::Refused => return Err(RefreshSessionError::Refused),
        };
        let user = self.users.find(&[session.user_id]).await?.pop().filter(|user| user.suspended_at.is_none()).ok_or(RefreshSessionError::Refused)?;
        Ok(self.open_session.signed_in(user, session.id, secret, &next).await?)
    }
}
