//! Which space answers. When the media worker has another model, what it hears gathers in another space, and the present one answers
//! until the other knows every published sound that it knows; then the other answers, and the present one is dropped. Sounds that could
//! not be heard after all attempts hold that up until they are heard, or an admin has [accepted](super::accept_space) the other without them.

use std::sync::Arc;

use kernel::PortError;

use super::ports::{EmbeddingIndex, RebuildRepository, TrackVectorRepository};
use crate::domain::track_vector::Space;

/// Chooses the space.
#[derive(Clone)]
pub struct ServeSpace {
    /// The tables.
    pub vectors: Arc<dyn TrackVectorRepository>,
    /// What could not be heard.
    pub rebuilds: Arc<dyn RebuildRepository>,
    /// The index.
    pub index: Arc<dyn EmbeddingIndex>,
}

/// A space, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceState {
    /// Which.
    pub space: Space,
    /// Published sounds that it knows.
    pub published: usize,
    /// Whether it answers.
    pub serving: bool,
    /// Published sounds that the answering space knows, and it does not.
    pub missing: usize,
    /// Of those, the ones that could not be heard after all attempts.
    pub unheard: usize,
}

impl ServeSpace {
    /// Changes to a space that is complete, if there is one, and drops the other; returns which answers from now on when that has changed.
    pub async fn run(&self) -> Result<Option<Space>, PortError> {
        let serving = self.vectors.serving().await?;
        for candidate in self.vectors.spaces().await? {
            let Some(present) = &serving else {
                return Ok(self.vectors.serve(&candidate, None).await?.then_some(candidate));
            };
            if candidate == *present || !self.is_complete(&candidate, present).await? {
                continue;
            }
            if self.vectors.serve(&candidate, Some(present)).await? {
                tracing::info!(from = present.name, to = candidate.name, "similar tracks are found by another model from now on");
                self.vectors.discard(present).await?;
                self.index.discard(present).await?;
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// Whether nothing is lost by changing from `present`, or nothing but what an admin has accepted to lose.
    async fn is_complete(&self, candidate: &Space, present: &Space) -> Result<bool, PortError> {
        if self.vectors.count_published(candidate).await? == 0 {
            return Ok(false);
        }
        let missing = self.vectors.missing(candidate, present).await?;
        Ok(missing == 0 || (self.rebuilds.is_accepted(candidate).await? && missing == self.rebuilds.count_unheard(candidate, present).await?))
    }
}

/// All spaces and how far they are.
pub async fn states(vectors: &dyn TrackVectorRepository, rebuilds: &dyn RebuildRepository) -> Result<Vec<SpaceState>, PortError> {
    let mut states = Vec::new();
    for space in vectors.spaces().await? {
        states.push(state(vectors, rebuilds, space).await?);
    }
    Ok(states)
}

/// How far a space is, though nothing may have been heard in it yet.
pub async fn state(vectors: &dyn TrackVectorRepository, rebuilds: &dyn RebuildRepository, space: Space) -> Result<SpaceState, PortError> {
    let serving = vectors.serving().await?;
    let (missing, unheard) = match &serving {
        Some(present) if *present != space => (vectors.missing(&space, present).await?, rebuilds.count_unheard(&space, present).await?),
        _ => (0, 0),
    };
    Ok(SpaceState { published: vectors.count_published(&space).await?, serving: serving.as_ref() == Some(&space), missing, unheard, space })
}
