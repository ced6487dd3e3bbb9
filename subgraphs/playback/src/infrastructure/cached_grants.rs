//! Grants in the cache.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use kernel::PortError;
use kernel::id::GrantId;
use platform::cache::Cache;

use crate::application::ports::GrantStore;
use crate::domain::grant::Grant;

/// [`GrantStore`] on the platform's cache.
pub struct CachedGrants {
    cache: Arc<dyn Cache>,
}

impl CachedGrants {
    /// In `cache`.
    pub fn new(cache: Arc<dyn Cache>) -> Self {
        Self { cache }
    }
}

fn key(id: GrantId) -> String {
    format!("playback:grant:{id}")
}

#[async_trait]
impl GrantStore for CachedGrants {
    async fn put(&self, grant: &Grant) -> Result<(), PortError> {
        let bytes = serde_json::to_vec(grant).map_err(PortError::corrupt)?;
        // The grant says itself when it is over; the cache only tidies up, and never before.
        let ttl = (grant.expires_at - grant.issued_at).to_std().unwrap_or_default();
        self.cache.set(&key(grant.id), Bytes::from(bytes), ttl).await
    }

    async fn get(&self, id: GrantId) -> Result<Option<Grant>, PortError> {
        let bytes = self.cache.get(&key(id)).await?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(PortError::corrupt)).transpose()
    }
}
