//! How long a live operation may go on, whatever carries it, and how many there are.

use std::time::Duration;

use kernel::{Clock, Viewer};

use crate::metrics::LIVE;

/// How long may pass before the clock is asked again whether a token has ended: clocks are set, and tests move theirs.
const CHECK: Duration = Duration::from_secs(5);

/// Whether the viewer's token has ended; never for the anonymous.
pub(crate) fn has_ended(clock: &dyn Clock, viewer: &Viewer) -> bool {
    viewer.session().is_some_and(|session| session.expires_at <= clock.now())
}

/// Resolves once the viewer's token has ended.
pub(crate) async fn ended(clock: &dyn Clock, viewer: &Viewer) {
    let Some(session) = viewer.session() else { return std::future::pending().await };
    while !has_ended(clock, viewer) {
        let left = (session.expires_at - clock.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(left.min(CHECK)).await;
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
