//! The cache in this process's memory.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use kernel::PortError;
use moka::Expiry;
use moka::future::Cache as Moka;
use moka::ops::compute::{CompResult, Op};

use super::Cache;

#[derive(Clone)]
struct Entry {
    value: Bytes,
    ttl: Duration,
}

struct ByEntry;

impl Expiry<String, Entry> for ByEntry {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(&self, _: &String, entry: &Entry, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// [`Cache`] on moka.
pub struct EmbeddedCache {
    entries: Moka<String, Entry>,
}

impl EmbeddedCache {
    /// Keeps at most `max_entries`; the least useful go first.
    pub fn new(max_entries: u64) -> Self {
        Self { entries: Moka::builder().max_capacity(max_entries).expire_after(ByEntry).build() }
    }
}

#[async_trait]
impl Cache for EmbeddedCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(self.entries.get(key).await.map(|entry| entry.value))
    }

    async fn set(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), PortError> {
        self.entries.insert(key.to_owned(), Entry { value, ttl }).await;
        Ok(())
    }

    async fn set_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool, PortError> {
        let result = self
            .entries
            .entry_by_ref(key)
            .and_compute_with(|found| std::future::ready(if found.is_some() { Op::Nop } else { Op::Put(Entry { value, ttl }) }))
            .await;
        Ok(matches!(result, CompResult::Inserted(_)))
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.entries.invalidate(key).await;
        Ok(())
    }
}
