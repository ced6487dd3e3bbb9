//! Slows guessing down. An attempt is counted before it is made, so that a hundred at the same time are a hundred.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::{Clock, PortError};

use super::ports::AttemptLog;
use crate::domain::throttle::Gate;

/// Why an attempt is not made.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    /// Too many before it.
    #[error("too many attempts, try again in {secs} seconds")]
    TooMany {
        /// When it may be.
        secs: i64,
    },
    /// A port failed.
    #[error("attempts cannot be counted")]
    Port(#[from] PortError),
}

/// Counts attempts.
#[derive(Clone)]
pub struct Throttle {
    pub(super) log: Arc<dyn AttemptLog>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Throttle {
    /// Counts an attempt at all gates, or at none when one is shut.
    pub(super) async fn attempt(&self, gates: &[Gate]) -> Result<(), ThrottleError> {
        let now = self.clock.now();
        match self.log.attempt(gates, now).await? {
            None => Ok(()),
            Some(free_at) => Err(ThrottleError::TooMany { secs: seconds(now, free_at) }),
        }
    }

    /// The attempt succeeded.
    pub(super) async fn succeeded(&self, gates: &[Gate]) -> Result<(), PortError> {
        self.log.succeeded(gates).await
    }
}

/// Rounded up: who waits so long finds the gate open.
fn seconds(now: DateTime<Utc>, free_at: DateTime<Utc>) -> i64 {
    (free_at - now).num_milliseconds().div_euclid(1000) + 1
}
