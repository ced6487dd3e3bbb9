//! How much somebody may ask for in a time: the port, and the arithmetic that every adapter of it shares.
//!
//! A *sliding window counter*: what was spent in this window, and of what was spent in the one before the share that a window
//! ending now still covers. Two numbers a quota, whatever is spent; no burst of twice the limit where two windows meet, which
//! fixed windows allow; and a cost of any size, on several quotas at once, all or nothing. `governor` (GCRA) was weighed: its
//! quota belongs to the limiter and not to the key, it takes one quota at a time and keeps keys until it is told to forget.

mod embedded;
mod window;

use std::time::Duration;

use async_trait::async_trait;
use kernel::PortError;

pub use embedded::EmbeddedRateLimiter;

/// So many units in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Tells it from the payer's other quotas; also its name in the header `RateLimit-Policy`.
    pub name: &'static str,
    /// Units that any window may hold. 0 lets nothing through.
    pub limit: u64,
    /// The window's length: at least a second.
    pub window: Duration,
}

/// How a quota stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub quota: Quota,
    /// Units that can be spent now.
    pub remaining: u64,
    /// When the present window ends: what is left is for that long.
    pub reset: Duration,
}

/// The answer to an attempt to spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How all quotas stand afterwards, in the order they were given in.
    pub standings: Vec<Standing>,
    /// When refused: after how long the same attempt may succeed, if nobody spends meanwhile. [`Duration::MAX`] when it costs
    /// more than a whole window holds.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    /// Whether it was spent.
    pub const fn is_allowed(&self) -> bool {
        self.retry_after.is_none()
    }
}

/// Counts what payers spend.
///
/// Guarantees: no window of a quota's length ever holds more than its limit was spent for by [`spend`](Self::spend), taking what
/// was spent in the window before as spread evenly; concurrent callers spend as if one after the other; a refused attempt spends
/// nothing of any quota. An adapter may forget a payer that has spent nothing for two windows, and one that keeps counts in
/// memory forgets them with its process, or when there are more payers than it has room for.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Spends `cost` units of each of `quotas` of `payer`, or none of any. A cost of 0 only looks.
    async fn spend(&self, payer: &str, quotas: &[Quota], cost: u64) -> Result<Verdict, PortError>;

    /// Spends `cost` more units whatever is left: for what turned out dearer than it was let in for. Later attempts pay the debt.
    async fn charge(&self, payer: &str, quotas: &[Quota], cost: u64) -> Result<Verdict, PortError>;
}
