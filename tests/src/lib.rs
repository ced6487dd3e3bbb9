//! What the tests share that see Polyphony only from outside: its programs as processes ([`process`]), its public endpoint
//! ([`client`]), recordings made on the spot ([`recording`]), a phone's app ([`app`]), a
//! browser ([`browser`]), and scripts that Node.js runs ([`node`]).
//!
//! Nothing here knows the inside of Polyphony, so nothing of it can pass because a test took a short cut.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub mod app;
pub mod browser;
pub mod client;
pub mod node;
pub mod process;
pub mod recording;

use std::time::{Duration, Instant};

/// How long anything may take that is not measured here; generous, for machines that do other things too.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// Asks `probe` until it answers, and panics with `what` when it has not within [`PATIENCE`].
pub async fn eventually<T>(what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, probe).await
}

/// Asks `probe` until it answers, and panics with `what` when it has not within `limit`.
pub async fn eventually_within<T>(limit: Duration, what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(began.elapsed() < limit, "not within {} s: {what}", limit.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
