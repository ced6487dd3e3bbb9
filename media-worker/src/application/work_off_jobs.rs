//! A worker: claims one job after another.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, IdGenerator};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ports::JobRepository;
use super::process_upload::ProcessUpload;
use crate::domain::job::JobPolicy;

/// How often a worker looks without being woken: for jobs of other processes, ended leases, and pauses that are over.
const PAUSE: Duration = Duration::from_secs(1);

/// A worker; several may run, in one process and in many.
pub struct WorkOffJobs {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// What is done with them.
    pub process: Arc<ProcessUpload>,
    /// For the ladders' ids.
    pub ids: IdGenerator,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// When leases end.
    pub policy: JobPolicy,
    /// Wakes it.
    pub wake: Arc<Notify>,
    /// Wakes the sweeper: a settled job may have left rubbish.
    pub sweep: Arc<Notify>,
}

impl WorkOffJobs {
    /// Works until `stop`, which gives the job in hand back.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if self.work_once(&stop).await {
                continue;
            }
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Claims and processes one job; tells whether there was one.
    pub async fn work_once(&self, stop: &CancellationToken) -> bool {
        let now = self.clock.now();
        let job = match self.jobs.claim(self.ids.next(), now, now + self.policy.lease).await {
            Ok(Some(job)) => job,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no job can be claimed now");
                return false;
            }
        };
        // There may be more than one, and only one worker was woken.
        self.wake.notify_one();
        self.process.run(&job, stop).await;
        self.sweep.notify_one();
        true
    }
}
