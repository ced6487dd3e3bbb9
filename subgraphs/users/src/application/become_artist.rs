//! A listener begins to publish.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{PortError, Role};
use serde_json::json;

use super::caller::Caller;
use super::open_session::{OpenSession, SignedIn};
use super::ports::{SessionRepository, UserRepository};
use super::record::Recorder;
use crate::domain::audit::Action;

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum BecomeArtistError {
    /// Nobody is signed in, the session has ended, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the role cannot be changed")]
    Port(#[from] PortError),
}

/// Makes a USER an ARTIST; every other role stays.
pub struct BecomeArtist {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) open_session: OpenSession,
    pub(super) recorder: Recorder,
}

impl BecomeArtist {
    /// Fresh tokens of the same session that carry the role; the session's earlier refresh token is used up. Doing it twice
    /// changes nothing more.
    pub async fn run(&self, caller: &Caller) -> Result<SignedIn, BecomeArtistError> {
        let session = caller.require_session()?;
        let mut user = self.users.find(&[session.user_id]).await?.pop().ok_or(AccessError::Unauthenticated)?;
        // An access token outlives its session by minutes; no role is given on the strength of one that has ended.
        if !self.sessions.is_running(session.session_id).await? {
            return Err(AccessError::Unauthenticated.into());
        }
        if user.role == Role::User {
            let record = self.recorder.note(caller, Action::RoleChanged, user.id, Some(json!({ "role": user.role })), Some(json!({ "role": Role::Artist })));
            user = self.users.set_role(user.id, Role::Artist, &record).await?;
        }
        let (secret, next) = self.open_session.fresh_token();
        if !self.sessions.replace_token(session.session_id, &next, next.created_at).await? {
            return Err(AccessError::Unauthenticated.into());
        }
        Ok(self.open_session.signed_in(user, session.session_id, secret, &next).await?)
    }
}
