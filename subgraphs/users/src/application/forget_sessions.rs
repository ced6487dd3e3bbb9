//! Old sessions do not pile up.

use std::sync::Arc;

use chrono::Duration;
use kernel::{Clock, PortError};

use super::ports::identity::FlowRepository;
use super::ports::{AttemptLog, SessionRepository, TicketRepository};

/// Longer than any policy remembers an attempt.
const ATTEMPTS_KEPT: Duration = Duration::days(2);

/// Forgets what nobody can use any more.
pub struct ForgetSessions {
    pub(super) sessions: Arc<dyn SessionRepository>,
    pub(super) tickets: Arc<dyn TicketRepository>,
    pub(super) flows: Arc<dyn FlowRepository>,
    pub(super) attempts: Arc<dyn AttemptLog>,
    pub(super) clock: Arc<dyn Clock>,
}

impl ForgetSessions {
    /// Forgets expired tokens and tickets, and the sessions that no token can renew.
    pub async fn run(&self) -> Result<(), PortError> {
        let now = self.clock.now();
        self.tickets.forget_expired(now).await?;
        self.flows.forget_expired(now).await?;
        self.attempts.forget_before(now - ATTEMPTS_KEPT).await?;
        self.sessions.forget_expired(now).await
    }
}
