//! What sounds like a track.

use std::sync::Arc;

use kernel::id::TrackId;
use kernel::{InvalidField, PortError};

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::track_vector::{MOST_SIMILAR, Neighbour, TrackVector};

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum FindSimilarError {
    /// An impossible number was asked for.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("similar tracks cannot be found")]
    Port(#[from] PortError),
}

/// Finds neighbours.
pub struct FindSimilar {
    pub(super) vectors: Arc<dyn TrackVectorRepository>,
    pub(super) index: Arc<dyn EmbeddingIndex>,
}

impl FindSimilar {
    /// The `first` (1 to [`MOST_SIMILAR`]) published tracks most like a published one, the most like first; none for a track that
    /// is not published or has no sound.
    pub async fn run(&self, track_id: TrackId, first: i32) -> Result<Vec<Neighbour>, FindSimilarError> {
        let wanted = usize::try_from(first).ok().filter(|wanted| (1..=MOST_SIMILAR).contains(wanted));
        let wanted = wanted.ok_or_else(|| InvalidField::new("first", format!("must be between 1 and {MOST_SIMILAR}")))?;
        let Some(own) = self.own(track_id).await? else { return Ok(Vec::new()) };
        let mut found = self.index.nearest(&own.space, &own.vector, wanted + 1).await?;
        found.retain(|neighbour| neighbour.track_id != track_id);
        // The index may be a moment behind: what is not published any more is not told.
        let ids: Vec<_> = found.iter().map(|neighbour| neighbour.track_id).collect();
        let published = self.vectors.published(&ids).await?;
        found.retain(|neighbour| published.iter().any(|vector| vector.track_id == neighbour.track_id));
        found.truncate(wanted);
        Ok(found)
    }

    /// Its vector in the space that answers; in another while that one does not know it.
    async fn own(&self, track_id: TrackId) -> Result<Option<TrackVector>, PortError> {
        let mut vectors = self.vectors.published(&[track_id]).await?;
        if vectors.len() > 1
            && let Some(serving) = self.vectors.serving().await?
        {
            vectors.sort_by_key(|vector| vector.space == serving);
        }
        Ok(vectors.pop())
    }
}
