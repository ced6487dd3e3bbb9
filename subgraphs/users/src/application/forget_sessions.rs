//! Old sessions do not pile up.

use std::sync::Arc;

use kernel::{Clock, PortError};

use super::ports::SessionRepository;

/// Forgets what nobody can use any more.
pub struct ForgetSessions {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ForgetSessions {
    /// Forgets expired tokens, and the sessions that no token can renew.
    pub async fn run(&self) -> Result<(), PortError> {
        self.sessions.forget_expired(self.clock.now()).await
    }
}
