//! A cache: values that may be forgotten, with a time to live.

mod embedded;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kernel::PortError;

pub use embedded::EmbeddedCache;

/// Keeps small values for a while.
///
/// Guarantees: a value is gone once its time to live has passed; it may be gone earlier (memory, restart). Keys are
/// namespaced by their users as `context:kind:id`.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// The value, unless forgotten.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, PortError>;

    /// Sets a value for `ttl`, replacing any earlier one.
    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), PortError>;

    /// Sets a value for `ttl` only when the key has none; tells whether it did. Atomic: of two racing callers one wins.
    async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool, PortError>;

    /// Forgets a value; forgetting nothing is fine.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
}
