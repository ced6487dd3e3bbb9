//! The whole catalogue is heard once more, by the model that is configured now. Each upload is a job in the queue, so the work goes on
//! after a stop or a crash, uploads come before it, and asking again adds only what is missing.

use std::sync::Arc;

use kernel::{Clock, IdGenerator, PortError};

use super::ports::{JobRepository, RebuildState};

/// Rebuilds embeddings.
pub struct RebuildEmbeddings {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// For the jobs' ids.
    pub ids: IdGenerator,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the configured model's vectors are called.
    pub space: String,
}

impl RebuildEmbeddings {
    /// Adds a job for every upload in use that this model has not heard, ends those of other models, and has failed ones tried again.
    /// Returns how many were added.
    pub async fn run(&self) -> Result<usize, PortError> {
        let now = self.clock.now();
        self.jobs.begin_rebuild(&self.space, now).await?;
        let mut added = 0;
        loop {
            match self.jobs.add_to_rebuild(&self.space, &self.ids, now).await? {
                0 => return Ok(added),
                more => added += more,
            }
        }
    }

    /// How far it is.
    pub async fn state(&self) -> Result<RebuildState, PortError> {
        self.jobs.rebuild_state(&self.space).await
    }
}
