//! An admin wants the whole catalogue heard by the model that is configured. The media worker does it, behind all uploads.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::EmbeddingsRebuildRequested;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError, Viewer};

use super::ports::RebuildRepository;
use crate::domain::rebuild::Rebuild;

/// Why nothing was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestRebuildError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the rebuild cannot be asked for")]
    Port(#[from] PortError),
}

/// Asks for rebuilds.
pub struct RequestRebuild {
    pub(super) rebuilds: Arc<dyn RebuildRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl RequestRebuild {
    /// The wish. While one is being met another adds only what is missing.
    pub async fn run(&self, viewer: &Viewer) -> Result<Rebuild, RequestRebuildError> {
        let requested_by = viewer.require_admin()?.user_id;
        let rebuild = Rebuild { id: self.ids.next(), requested_by, requested_at: self.clock.now(), began: None };
        let told = self.events.wrap(&EmbeddingsRebuildRequested { rebuild_id: rebuild.id, requested_by });
        self.rebuilds.request(&rebuild, &told).await?;
        Ok(rebuild)
    }
}
