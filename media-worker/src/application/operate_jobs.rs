//! What an operator does about jobs: looks at dead letters, tries them again or forgets them, reads a job's log, cancels.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::{MediaFailed, MediaLogLine};
use kernel::id::{JobId, UploadId};
use kernel::{Clock, PortError};

use super::ports::{DeadJob, JobRepository, LogLine, QueueState};
use crate::domain::failure::Failure;
use crate::domain::job::Purpose;

const CANCELLED: &str = "An operator has cancelled it.";

/// Operates jobs.
pub struct OperateJobs {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// Makes events.
    pub events: EventFactory,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl OperateJobs {
    /// How the queue is.
    pub async fn queue(&self) -> Result<QueueState, PortError> {
        self.jobs.queue(self.clock.now()).await
    }

    /// Dead letters with their reasons, oldest first, at most `limit`.
    pub async fn dead(&self, limit: u64) -> Result<Vec<DeadJob>, PortError> {
        self.jobs.dead(limit).await
    }

    /// Has a dead letter tried again, before others. `NotFound` when it is none.
    pub async fn retry(&self, job_id: JobId) -> Result<(), PortError> {
        found(self.jobs.revive(job_id, self.clock.now()).await?)?;
        self.jobs.note(job_id, self.clock.now(), "An operator has it tried again.").await
    }

    /// Forgets a dead letter. `NotFound` when it is none.
    pub async fn discard(&self, job_id: JobId) -> Result<(), PortError> {
        found(self.jobs.bury(job_id).await?)
    }

    /// Ends a job that waits or runs, and tells its uploader when it was to become a ladder. `NotFound` when there is no such job.
    pub async fn cancel(&self, job_id: JobId) -> Result<(), PortError> {
        let (track_id, upload_id, purpose) = self.jobs.subject(job_id).await?.ok_or(PortError::NotFound)?;
        let Failure { kind, reason } = Failure::cancelled();
        let mut log: Vec<_> = self.jobs.log(job_id).await?.into_iter().map(|line| MediaLogLine { at: line.at, text: line.text }).collect();
        let now = self.clock.now();
        log.push(MediaLogLine { at: now, text: CANCELLED.into() });
        let event = self.events.wrap(&MediaFailed { track_id, upload_id, failure: kind, reason, log });
        // An upload that has its ladder did not fail because it is not heard again.
        let events = if purpose == Purpose::Ladder { vec![event] } else { Vec::new() };
        found(self.jobs.cancel(job_id, now, &events).await?)?;
        self.jobs.note(job_id, now, CANCELLED).await
    }

    /// The fingerprints that were taken of uploads, as Chromaprint's compressed texts.
    pub async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError> {
        self.jobs.fingerprints(uploads).await
    }

    /// A job's log, oldest first.
    pub async fn log(&self, job_id: JobId) -> Result<Vec<LogLine>, PortError> {
        self.jobs.log(job_id).await
    }
}

fn found(found: bool) -> Result<(), PortError> {
    if found { Ok(()) } else { Err(PortError::NotFound) }
}
