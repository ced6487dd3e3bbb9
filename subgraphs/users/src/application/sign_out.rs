//! A person ends the session they are in.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{Clock, PortError, Viewer};

use super::ports::SessionRepository;

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
}

impl SignOut {
    /// Whether the session was still running. None of its refresh tokens works afterwards.
    pub async fn run(&self, viewer: &Viewer) -> Result<bool, SignOutError> {
        let session = viewer.require_session()?;
        Ok(self.sessions.end(session.session_id, self.clock.now()).await?)
    }
}
