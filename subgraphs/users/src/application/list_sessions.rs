//! A person looks at the devices they are signed in with.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{Clock, PortError};

use super::caller::Caller;
use super::ports::SessionRepository;
use crate::domain::session::Session;

/// Why nothing is listed.
#[derive(Debug, thiserror::Error)]
pub enum ListSessionsError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the sessions cannot be read")]
    Port(#[from] PortError),
}

/// Lists sessions.
pub struct ListSessions {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ListSessions {
    /// The caller's running sessions, last used first.
    pub async fn run(&self, caller: &Caller) -> Result<Vec<Session>, ListSessionsError> {
        let session = caller.require_session()?;
        Ok(self.sessions.running_of(session.user_id, self.clock.now()).await?)
    }
}
