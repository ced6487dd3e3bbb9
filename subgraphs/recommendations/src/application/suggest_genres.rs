//! Which genres a track may have, for its owner to choose from.

use std::sync::Arc;

use kernel::id::TrackId;
use kernel::{PortError, Viewer};

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::genre_vote::{NEIGHBOURS, SuggestedGenre, vote};

/// Suggests genres.
pub struct SuggestGenres {
    pub(super) vectors: Arc<dyn TrackVectorRepository>,
    pub(super) index: Arc<dyn EmbeddingIndex>,
}

impl SuggestGenres {
    /// The genres of published tracks that sound like it, the surest first; none for everybody but its owner and admins, before its sound
    /// was processed, and when too few have any genre.
    pub async fn run(&self, viewer: &Viewer, track_id: TrackId) -> Result<Option<Vec<SuggestedGenre>>, PortError> {
        let Some(owner) = self.vectors.owner(track_id).await? else { return Ok(None) };
        if viewer.require_owner(owner).is_err() {
            return Ok(None);
        }
        let mut own = self.vectors.latest(track_id).await?;
        if let Some(serving) = self.vectors.serving().await? {
            own.sort_by_key(|vector| vector.space == serving);
        }
        let Some(own) = own.pop() else { return Ok(None) };
        let mut near = self.index.nearest(&own.space, &own.vector, NEIGHBOURS + 1).await?;
        near.retain(|neighbour| neighbour.track_id != track_id);
        let ids: Vec<_> = near.iter().take(NEIGHBOURS).map(|neighbour| neighbour.track_id).collect();
        let mut genres = self.vectors.genres(&ids).await?;
        let neighbours: Vec<_> = near.iter().filter_map(|neighbour| Some((neighbour.similarity, genres.remove(&neighbour.track_id)?))).collect();
        Ok(vote(&neighbours))
    }
}
