//! Brings an index that was lost, or is of another kind than before, up to the tables.

use std::sync::Arc;

use kernel::PortError;

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::track_vector::Space;

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
    /// Puts every published vector of each space of which the index has fewer; returns how many were put. Can be stopped and run again
    /// at any time.
    pub async fn run(&self) -> Result<usize, PortError> {
        let mut put = 0;
        for space in self.vectors.spaces().await? {
            if self.index.count(&space).await? < self.vectors.count_published(&space).await? {
                put += self.fill(&space).await?;
            }
        }
        Ok(put)
    }

    async fn fill(&self, space: &Space) -> Result<usize, PortError> {
        let (mut after, mut put) = (None, 0);
        loop {
            let page = self.vectors.page_of_published(space, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(put) };
            after = Some(last.track_id);
            self.index.put(&page).await?;
            put += page.len();
            tracing::info!(space = space.name, put, "vectors were put into the index");
        }
    }
}
