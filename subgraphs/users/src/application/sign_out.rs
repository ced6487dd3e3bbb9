//! A person ends the session they are in.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{Clock, PortError};

use super::caller::Caller;
use super::ports::SessionRepository;
use super::record::{Record, Recorder};

/// Why nobody is signed out.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// Nobody was signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("signing out failed")]
    Port(#[from] PortError),
}

/// Signs out.
pub struct SignOut {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl SignOut {
    /// Whether the session was still running. None of its tokens works afterwards.
    pub async fn run(&self, caller: &Caller) -> Result<bool, SignOutError> {
        let session = caller.require_session()?;
        Ok(self.sessions.end(session.user_id, session.session_id, self.clock.now(), self.recorder.events(), &Record::NOTHING).await?)
    }
}
