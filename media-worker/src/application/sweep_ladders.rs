//! Deletes what nobody needs: ladders of dead attempts, of deleted tracks and of superseded uploads, and temporary folders of
//! killed workers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kernel::id::JobId;
use kernel::{Clock, PortError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ports::{JobRepository, LadderFiles};

const BATCH: u64 = 100;
/// How often it looks without being woken.
const PAUSE: Duration = Duration::from_secs(30);

/// The sweeper.
pub struct SweepLadders {
    /// Knows what is rubbish.
    pub jobs: Arc<dyn JobRepository>,
    /// Deletes it.
    pub files: Arc<dyn LadderFiles>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The folder for what is temporary.
    pub work: PathBuf,
    /// Wakes it.
    pub wake: Arc<Notify>,
}

impl SweepLadders {
    /// Sweeps now and then until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.measure().await;
            if let Err(error) = self.sweep().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "unused ladders could not be swept");
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Tells metrics how the queue is.
    #[expect(clippy::cast_precision_loss, reason = "queues are far shorter than 2^53")]
    async fn measure(&self) {
        let now = self.clock.now();
        let Ok(queue) = self.jobs.queue(now).await else { return };
        let age = queue.oldest.map_or(0.0, |oldest| (now - oldest).as_seconds_f64());
        metrics::gauge!("polyphony_media_queue_age_seconds").set(age);
        for (state, jobs) in [("waiting", queue.waiting), ("running", queue.running), ("dead", queue.dead)] {
            metrics::gauge!("polyphony_media_jobs", "state" => state).set(jobs as f64);
        }
    }

    /// Deletes all ladders that are rubbish now. Files first: a crash in between leaves a known ladder, not unknown files.
    pub async fn sweep(&self) -> Result<(), PortError> {
        loop {
            let rubbish = self.jobs.rubbish(self.clock.now(), BATCH).await?;
            for ladder in &rubbish {
                self.files.discard(*ladder).await?;
                self.jobs.forget_ladder(*ladder).await?;
                tracing::debug!(%ladder, "ladder deleted");
            }
            if rubbish.is_empty() {
                return Ok(());
            }
        }
    }

    /// Deletes temporary folders whose job no worker has. For the start, before this process's workers claim anything.
    pub async fn sweep_work(&self) -> Result<(), PortError> {
        let folders = match std::fs::read_dir(&self.work) {
            Ok(folders) => folders,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(PortError::unavailable(error)),
        };
        let found: Vec<PathBuf> = folders.filter_map(Result::ok).map(|entry| entry.path()).collect();
        // Asked after looking: a job claimed meanwhile made a folder that was not seen.
        let running = self.jobs.running(self.clock.now()).await?;
        for folder in found.iter().filter(|folder| !job_of(folder).is_some_and(|job| running.contains(&job))) {
            if let Err(error) = tokio::fs::remove_dir_all(folder).await {
                tracing::warn!(%error, folder = %folder.display(), "a temporary folder cannot be deleted");
            }
        }
        Ok(())
    }
}

fn job_of(folder: &Path) -> Option<JobId> {
    folder.file_name()?.to_str()?.parse().ok()
}
