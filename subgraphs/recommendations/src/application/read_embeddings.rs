//! What admins see of spaces, and of the last rebuild.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{InvalidField, PortError, Viewer};

use super::ports::{RebuildRepository, TrackVectorRepository};
use super::serve_space::{SpaceState, state, states};
use crate::domain::rebuild::{MOST_NAMED, Rebuild, Unheard};
use crate::domain::track_vector::Space;

/// Why nothing is seen.
#[derive(Debug, thiserror::Error)]
pub enum ReadEmbeddingsError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Too many are asked for, or none.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the embeddings cannot be looked at")]
    Port(#[from] PortError),
}

/// Reads.
pub struct ReadEmbeddings {
    pub(super) vectors: Arc<dyn TrackVectorRepository>,
    pub(super) rebuilds: Arc<dyn RebuildRepository>,
}

impl ReadEmbeddings {
    /// All spaces, by name.
    pub async fn spaces(&self, viewer: &Viewer) -> Result<Vec<SpaceState>, ReadEmbeddingsError> {
        viewer.require_admin()?;
        Ok(states(&*self.vectors, &*self.rebuilds).await?)
    }

    /// The last rebuild that was asked for.
    pub async fn rebuild(&self, viewer: &Viewer) -> Result<Option<Rebuild>, ReadEmbeddingsError> {
        viewer.require_admin()?;
        Ok(self.rebuilds.latest().await?)
    }

    /// How far a space is.
    pub async fn space(&self, viewer: &Viewer, space: Space) -> Result<SpaceState, ReadEmbeddingsError> {
        viewer.require_admin()?;
        Ok(state(&*self.vectors, &*self.rebuilds, space).await?)
    }

    /// What of the published could not be heard in a space, the oldest first, at most `first`.
    pub async fn unheard(&self, viewer: &Viewer, space: &Space, first: i32) -> Result<Vec<Unheard>, ReadEmbeddingsError> {
        viewer.require_admin()?;
        let limit = u64::try_from(first).ok().filter(|_| (1..=MOST_NAMED).contains(&first));
        let limit = limit.ok_or_else(|| InvalidField::new("first", format!("must be 1 to {MOST_NAMED}")))?;
        Ok(self.rebuilds.unheard(space, limit).await?)
    }
}
