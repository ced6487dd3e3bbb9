//! How long a live operation may go on, whatever carries it, and how many there are.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Viewer};

use crate::api_key::RECHECK;
use crate::gateway::Gateway;
use crate::metrics::LIVE;
use crate::pipeline::{RequestError, Scope};

/// How long may pass before the clock is asked again whether a credential has ended: clocks are set, and tests move theirs.
const CHECK: Duration = Duration::from_secs(5);

/// Why a live connection may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The token or key was good until now.
    Expired,
    /// Somebody ended the session.
    Session,
    /// Somebody revoked the key, or narrowed it.
    Key,
}

impl From<End> for RequestError {
    fn from(end: End) -> Self {
        Self::unauthenticated(match end {
            End::Expired => "the access token or API key has expired",
            End::Session => "the session has ended",
            End::Key => "the API key opens no more",
        })
    }
}

/// Whether the viewer's token or key has ended; never for the anonymous.
pub(crate) fn has_ended(clock: &dyn Clock, viewer: &Viewer) -> bool {
    viewer.expires_at().is_some_and(|end| end <= clock.now())
}

/// Resolves once what opened a live connection opens no more.
pub(crate) async fn ended(gateway: Gateway, scope: Arc<Scope>) -> End {
    tokio::select! {
        () = expired(&*gateway.inner.clock, &scope.viewer) => End::Expired,
        () = gateway.inner.authenticator.withdrawn(&scope.viewer) => End::Session,
        () = key_ended(&gateway, &scope) => if has_ended(&*gateway.inner.clock, &scope.viewer) { End::Expired } else { End::Key },
    }
}

async fn expired(clock: &dyn Clock, viewer: &Viewer) {
    let Some(end) = viewer.expires_at() else { return std::future::pending().await };
    while !has_ended(clock, viewer) {
        let left = (end - clock.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(left.min(CHECK)).await;
    }
}

async fn key_ended(gateway: &Gateway, scope: &Scope) {
    let Some(key) = &scope.key else { return std::future::pending().await };
    // Boxed: asking takes room that every connection would hold while it waits.
    while !Box::pin(gateway.inner.api_keys.has_ended(key)).await {
        tokio::time::sleep(RECHECK).await;
    }
}

/// Counts a live operation while it runs, however it ends.
pub(crate) struct LiveGauge;

impl LiveGauge {
    pub(crate) fn new() -> Self {
        metrics::gauge!(LIVE).increment(1.0);
        Self
    }
}

impl Drop for LiveGauge {
    fn drop(&mut self) {
        metrics::gauge!(LIVE).decrement(1.0);
    }
}
