//! Forgets uploads that nobody needs, with their bytes: expired ones, replaced ones, those of deleted tracks.

use std::sync::Arc;

use chrono::Duration;
use kernel::{Clock, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::ports::UploadRepository;

const BATCH: u64 = 100;

/// Forgets uploads.
#[derive(Clone)]
pub struct DiscardUploads {
    pub(super) uploads: Arc<dyn UploadRepository>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<dyn Clock>,
    /// How long after its address expired an upload may still be completed.
    pub(super) grace: Duration,
}

impl DiscardUploads {
    /// Forgets all there are by now. A crash in the middle loses nothing: the next run goes on.
    pub async fn run(&self) -> Result<(), PortError> {
        let now = self.clock.now();
        self.uploads.discard_stale(now - self.grace, now).await?;
        self.forget_discarded().await
    }

    /// Forgets what has been discarded; a failure is left to the next run.
    pub(super) async fn run_soon(&self) {
        if let Err(error) = self.forget_discarded().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "discarded uploads cannot be forgotten now");
        }
    }

    async fn forget_discarded(&self) -> Result<(), PortError> {
        loop {
            let uploads = self.uploads.discarded(BATCH).await?;
            for upload in &uploads {
                match self.blobs.delete(&Path::from(upload.blob())).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(PortError::unavailable(error)),
                }
                // The row goes last: while it is there, the bytes are known.
                self.uploads.forget(upload.id).await?;
            }
            if (uploads.len() as u64) < BATCH {
                return Ok(());
            }
        }
    }
}
