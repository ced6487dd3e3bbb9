//! In the cache, until when used grants last.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::GrantId;
use platform::cache::Cache;

use crate::application::ports::Prolongations;

/// [`Prolongations`] on the platform's cache.
pub struct CachedProlongations {
    cache: Arc<dyn Cache>,
}

impl CachedProlongations {
    /// In `cache`.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache }
    }
}

fn key(id: GrantId) -> String {
    format!("playback:grant:{id}")
}

#[async_trait]
impl Prolongations for CachedProlongations {
    async fn put(&self, id: GrantId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), PortError> {
        let bytes = serde_json::to_vec(&until).map_err(PortError::corrupt)?;
        // Readers look at the time themselves; the cache only tidies up, and never before.
        self.cache.set(&key(id), Bytes::from(bytes), (until - now).to_std().unwrap_or_default()).await
    }

    async fn get(&self, id: GrantId) -> Result<Option<DateTime<Utc>>, PortError> {
        let bytes = self.cache.get(&key(id)).await?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(PortError::corrupt)).transpose()
    }
}
