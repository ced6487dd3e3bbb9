//! Which space answers. When the media worker has another model, what it hears gathers in another space, and the present one answers
//! until the other knows every published sound that it knows; then the other answers, and the present one is dropped.

use std::sync::Arc;

use kernel::PortError;

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::track_vector::Space;

/// Chooses the space.
#[derive(Clone)]
pub struct ServeSpace {
    /// The tables.
    pub vectors: Arc<dyn TrackVectorRepository>,
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
}

impl ServeSpace {
    /// Changes to a space that is complete, if there is one, and drops the other; returns which answers from now on when that has changed.
    pub async fn run(&self) -> Result<Option<Space>, PortError> {
        let serving = self.vectors.serving().await?;
        for candidate in self.vectors.spaces().await? {
            let Some(present) = &serving else {
                return Ok(self.vectors.serve(&candidate, None).await?.then_some(candidate));
            };
            let complete =
                candidate != *present && self.vectors.missing(&candidate, present).await? == 0 && self.vectors.count_published(&candidate).await? > 0;
            if !complete {
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
}

/// All spaces and how far they are.
pub async fn states(vectors: &dyn TrackVectorRepository) -> Result<Vec<SpaceState>, PortError> {
    let serving = vectors.serving().await?;
    let mut states = Vec::new();
    for space in vectors.spaces().await? {
        let missing = match &serving {
            Some(present) if *present != space => vectors.missing(&space, present).await?,
            _ => 0,
        };
        states.push(SpaceState { published: vectors.count_published(&space).await?, serving: serving.as_ref() == Some(&space), missing, space });
    }
    Ok(states)
}
