//! A person signs other devices out.

use std::sync::Arc;

use kernel::id::SessionId;
use kernel::viewer::AccessError;
use kernel::{Clock, PortError};
use serde_json::json;

use super::caller::Caller;
use super::ports::{Ending, SessionRepository};
use super::record::Recorder;
use crate::domain::audit::Action;

/// Why nothing ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeSessionsError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The caller has no such session that runs.
    #[error("you have no such session")]
    NotFound,
    /// A port failed.
    #[error("the session cannot be ended")]
    Port(#[from] PortError),
}

/// Ends sessions of who asks.
pub struct RevokeSessions {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl RevokeSessions {
    /// Ends one: its tokens are refused within seconds everywhere.
    pub async fn one(&self, caller: &Caller, id: SessionId) -> Result<(), RevokeSessionsError> {
        let session = caller.require_session()?;
        let record = self.recorder.note(caller, Action::SessionsRevoked, session.user_id, Some(json!({ "session": id })), None);
        let ended = self.sessions.end(session.user_id, id, self.clock.now(), self.recorder.events(), &record).await?;
        if ended { Ok(()) } else { Err(RevokeSessionsError::NotFound) }
    }

    /// Ends all, this one too when `with_this`; how many.
    pub async fn all(&self, caller: &Caller, with_this: bool) -> Result<u64, RevokeSessionsError> {
        let session = caller.require_session()?;
        let keep = (!with_this).then_some(session.session_id);
        let record = self.recorder.note(caller, Action::SessionsRevoked, session.user_id, Some(json!({ "session": "ALL", "kept": keep })), None);
        let ending = Ending { keep, events: self.recorder.events() };
        Ok(self.sessions.end_all(session.user_id, self.clock.now(), ending, &record).await?)
    }
}
