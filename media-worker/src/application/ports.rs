//! What the use cases need from the outside.

use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{JobId, LadderId, TrackId, UploadId};
use kernel::{Event, PortError};
use tokio::sync::watch;
use uuid::Uuid;

use crate::domain::failure::Failure;
use crate::domain::ladder::Ladder;

/// An upload to process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload; there is one job an upload.
    pub upload_id: UploadId,
    /// Where the source lies in the blob store.
    pub blob: String,
}

/// The right to work on a job. Every attempt makes a ladder of its own, and the ladder's id is the proof: whoever claims the job
/// later has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job_id: JobId,
    /// The ladder this attempt makes.
    pub ladder_id: LadderId,
}

/// A job and the right to work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The right.
    pub lease: Lease,
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// Where the source lies in the blob store.
    pub blob: String,
    /// Which attempt this is, from 1. Attempts whose worker died count.
    pub attempt: u32,
}

/// A worker's change of its job did not happen.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another worker has the job, or it was cancelled: stop, and leave nothing behind.
    #[error("the lease is lost")]
    Lost,
    /// The store failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Keeps jobs and the ladders they make.
///
/// Guarantees: each method is one transaction; of two workers that claim one job at the same time one gets it; what needs a
/// lease happens only while that lease is the job's latest; every ladder that may have files in the blob store is known until
/// [`forget_ladder`](Self::forget_ladder).
#[async_trait]
pub trait JobRepository: Send + Sync + 'static {
    /// Adds a job, once for an event and once for an upload, and cancels unfinished jobs of the same track.
    async fn enqueue(&self, event_id: Uuid, job: &NewJob, now: DateTime<Utc>) -> Result<(), PortError>;

    /// The job that has waited longest, leased until `until`, for making `ladder_id`; none when nothing waits. A running job
    /// whose lease ended waits too. Ladders of earlier attempts become rubbish.
    async fn claim(&self, ladder_id: LadderId, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<ClaimedJob>, PortError>;

    /// Keeps the job for longer.
    async fn extend(&self, lease: Lease, until: DateTime<Utc>) -> Result<(), LeaseError>;

    /// The ladder is complete. Older ladders of the track become rubbish at `superseded_until`.
    async fn complete(&self, lease: Lease, now: DateTime<Utc>, superseded_until: DateTime<Utc>, events: &[Event]) -> Result<(), LeaseError>;

    /// The attempt failed; the next one begins at `at` or later.
    async fn retry(&self, lease: Lease, now: DateTime<Utc>, at: DateTime<Utc>, error: &str) -> Result<(), LeaseError>;

    /// The job failed for good.
    async fn fail(&self, lease: Lease, now: DateTime<Utc>, error: &str, events: &[Event]) -> Result<(), LeaseError>;

    /// The worker stops before the attempt ended; the attempt does not count.
    async fn release(&self, lease: Lease, now: DateTime<Utc>) -> Result<(), LeaseError>;

    /// The track is gone: its jobs end, and its ladders become rubbish. Once for an event.
    async fn cancel_track(&self, event_id: Uuid, track_id: TrackId, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Jobs that a worker has now.
    async fn running(&self, now: DateTime<Utc>) -> Result<Vec<JobId>, PortError>;

    /// Ladders that are rubbish at `now`, at most `limit`.
    async fn rubbish(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<LadderId>, PortError>;

    /// The ladder has no files any more.
    async fn forget_ladder(&self, ladder_id: LadderId) -> Result<(), PortError>;
}

/// Moves files between the blob store and the worker's folder.
#[async_trait]
pub trait LadderFiles: Send + Sync + 'static {
    /// Writes the blob to the file `to`. `NotFound` when there is no such blob.
    async fn fetch(&self, blob: &str, to: &Path) -> Result<(), PortError>;

    /// Stores all files of `folder` as the ladder's, the multivariant playlist last.
    async fn store(&self, folder: &Path, ladder_id: LadderId) -> Result<(), PortError>;

    /// Deletes all files of the ladder; having none is fine.
    async fn discard(&self, ladder_id: LadderId) -> Result<(), PortError>;
}

/// Makes ladders of files.
#[async_trait]
pub trait Transcoder: Send + Sync + 'static {
    /// Turns the file `input` into a ladder in the folder `output`, telling how far it is in percent. Dropping the future ends
    /// the work. Safe for hostile files: whatever they do ends as an error.
    async fn transcode(&self, input: &Path, output: &Path, progress: &watch::Sender<u8>) -> Result<Ladder, TranscodeError>;
}

/// No ladder was made.
#[derive(Debug, thiserror::Error)]
pub enum TranscodeError {
    /// The file is at fault: the same file gives the same result.
    #[error(transparent)]
    File(#[from] Failure),
    /// We are at fault; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl From<std::io::Error> for TranscodeError {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
