//! Brings an index that is kept in memory, or was lost, up to the tables.

use std::sync::Arc;

use kernel::PortError;

use super::ports::{EmbeddingIndex, TrackVectorRepository};

/// Vectors moved at once.
const PAGE: u64 = 500;

/// Fills the index.
pub struct FillIndex {
    /// The tables.
    pub vectors: Arc<dyn TrackVectorRepository>,
    /// The index.
    pub index: Arc<dyn EmbeddingIndex>,
}

impl FillIndex {
    /// Puts every published vector, unless the index has as many already; returns how many were put. Can be stopped and run again
    /// at any time.
    pub async fn run(&self) -> Result<usize, PortError> {
        if self.index.count().await? >= self.vectors.count_published().await? {
            return Ok(0);
        }
        let (mut after, mut put) = (None, 0);
        loop {
            let page = self.vectors.page_of_published(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.track_id);
            self.index.put(&page).await?;
            put += page.len();
            tracing::info!(put, "vectors were put into the index");
        }
        Ok(put)
    }
}
