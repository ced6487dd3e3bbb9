//! Where the texts of automatic persisted queries are kept.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::PortError;
use moka::sync::Cache;

/// Keeps texts of operations by their SHA-256.
///
/// Guarantees: [`get`](Self::get) gives the very text that was [put](Self::put) under this hash, or nothing: what is kept is bounded,
/// and anything may be forgotten at any time. Callers have verified the hash. Gateways may share one store.
#[async_trait]
pub trait OperationStore: Send + Sync + 'static {
    /// The text with this hash (64 lower case hexadecimal digits), unless forgotten.
    async fn get(&self, sha256: &str) -> Result<Option<Arc<str>>, PortError>;

    /// Keeps a text by its hash.
    async fn put(&self, sha256: &str, text: Arc<str>) -> Result<(), PortError>;
}

/// [`OperationStore`] in this process's memory.
pub struct EmbeddedOperationStore {
    texts: Cache<String, Arc<str>>,
}

impl EmbeddedOperationStore {
    /// Keeps at most `max_bytes` of text and hashes; those used least go first.
    pub fn new(max_bytes: u64) -> Self {
        let weigh = |sha256: &String, text: &Arc<str>| u32::try_from(sha256.len() + text.len()).unwrap_or(u32::MAX);
        Self { texts: Cache::builder().max_capacity(max_bytes).weigher(weigh).build() }
    }
}

#[async_trait]
impl OperationStore for EmbeddedOperationStore {
    async fn get(&self, sha256: &str) -> Result<Option<Arc<str>>, PortError> {
        Ok(self.texts.get(sha256))
    }

    async fn put(&self, sha256: &str, text: Arc<str>) -> Result<(), PortError> {
        self.texts.insert(sha256.to_owned(), text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let store = EmbeddedOperationStore::new(10_000);
        let texts: Vec<Arc<str>> = (0..100).map(|n| format!("{{ a{n} }} # {}", "x".repeat(1_000)).into()).collect();
        for (n, text) in texts.iter().enumerate() {
            store.put(&n.to_string(), text.clone()).await.unwrap();
        }
        store.put("too large", "x".repeat(20_000).into()).await.unwrap();
        store.texts.run_pending_tasks();
        assert!((1..=10_000).contains(&store.texts.weighted_size()), "{} bytes", store.texts.weighted_size());
        assert_eq!(store.get("too large").await.unwrap(), None);
    }
}
