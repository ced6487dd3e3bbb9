//! An admin lets another model's vectors answer though some recordings could not be heard by it: those are left without similar ones
//! until somebody has their jobs tried again. Nobody else decides that, for a model that fails at everything would take all with it.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::EmbeddingsAccepted;
use kernel::viewer::AccessError;
use kernel::{Clock, PortError, Viewer};

use super::ports::RebuildRepository;
use super::serve_space::{ServeSpace, SpaceState, state};
use crate::domain::track_vector::Space;

/// Why the present model goes on answering.
#[derive(Debug, thiserror::Error)]
pub enum AcceptSpaceError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Nothing was heard there.
    #[error("there is no such space")]
    NotFound,
    /// It knows no published recording, so it could answer nothing.
    #[error("nothing that is published was heard by this model")]
    Empty,
    /// It is not a matter of failures: there is more to hear.
    #[error("{0} recordings are still to be heard by this model: wait until they are, or have failed")]
    Unfinished(usize),
    /// A port failed.
    #[error("the space cannot be accepted")]
    Port(#[from] PortError),
}

/// Accepts spaces.
pub struct AcceptSpace {
    pub(super) rebuilds: Arc<dyn RebuildRepository>,
    pub(super) serve: ServeSpace,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) events: EventFactory,
}

impl AcceptSpace {
    /// The space of this name afterwards: it answers. Of the one that answers it changes nothing.
    pub async fn run(&self, viewer: &Viewer, name: &str) -> Result<SpaceState, AcceptSpaceError> {
        let accepted_by = viewer.require_admin()?.user_id;
        let (vectors, rebuilds) = (&*self.serve.vectors, &*self.rebuilds);
        let space = Space::named(name).ok_or(AcceptSpaceError::NotFound)?;
        if !vectors.spaces().await?.contains(&space) {
            return Err(AcceptSpaceError::NotFound);
        }
        let before = state(vectors, rebuilds, space.clone()).await?;
        if before.serving {
            return Ok(before);
        }
        if before.published == 0 {
            return Err(AcceptSpaceError::Empty);
        }
        match before.missing.saturating_sub(before.unheard) {
            0 => {}
            more => return Err(AcceptSpaceError::Unfinished(more)),
        }
        let told = EmbeddingsAccepted { space: space.name.clone(), accepted_by, left_out: u64::try_from(before.unheard).unwrap_or(u64::MAX) };
        rebuilds.accept(&space, self.clock.now(), &self.events.wrap(&told)).await?;
        self.serve.run().await?;
        Ok(state(vectors, rebuilds, space).await?)
    }
}
