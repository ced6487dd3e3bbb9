//! What the use cases need from the outside.

use std::collections::HashMap;
use std::path::Path;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{JobId, LadderId, TrackId, UploadId, UserId};
use kernel::{Event, IdGenerator, PortError};
use tokio::sync::watch;
use uuid::Uuid;

use crate::domain::failure::Failure;
use crate::domain::job::{Priority, Purpose};
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
    /// Who uploaded it.
    pub uploader_id: UserId,
    /// Where the source lies in the blob store.
    pub blob: String,
    /// SHA-256 of the source in lower-case hexadecimal; empty when unknown.
    pub sha256: String,
    /// Length of the source.
    pub size_bytes: u64,
    /// Before or after others.
    pub priority: Priority,
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
    /// SHA-256 of the source in lower-case hexadecimal; empty when unknown.
    pub sha256: String,
    /// Length of the source.
    pub size_bytes: u64,
    /// When the upload came.
    pub created_at: DateTime<Utc>,
    /// What is to be made of it.
    pub purpose: Purpose,
    /// Which attempt this is, from 1. Attempts whose worker died count.
    pub attempt: u32,
}

/// What an earlier job came to that had the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Twin {
    /// A ladder that is still wanted.
    Made {
        /// Which.
        ladder_id: LadderId,
        /// What is in it.
        ladder: Ladder,
    },
    /// A refusal: the file's fault.
    Refused(Failure),
}

/// A job that failed for good by our own fault, or was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Its id.
    pub id: JobId,
    /// Of which track.
    pub track_id: TrackId,
    /// Attempts made.
    pub attempts: u32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What its uploader was told; none of jobs from before this was kept.
    pub failure: Option<Failure>,
    /// For operators.
    pub error: String,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened; fit for the job's owner to read.
    pub text: String,
}

/// How the queue is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Jobs that could begin now.
    pub waiting: u64,
    /// Since when the oldest of them has been here.
    pub oldest: Option<DateTime<Utc>>,
    /// Jobs that a worker has.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
}

/// How hearing the whole catalogue once more goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RebuildState {
    /// Uploads that wait.
    pub waiting: u64,
    /// Uploads that a worker has.
    pub running: u64,
    /// Uploads that were heard.
    pub done: u64,
    /// Uploads that could not be heard: dead letters.
    pub failed: u64,
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
/// lease happens only while that lease is the job's latest; no two jobs of the same bytes run at the same time; every ladder that may have files in the blob store is known until
/// [`forget_ladder`](Self::forget_ladder).
#[async_trait]
pub trait JobRepository: Send + Sync + 'static {
    /// Adds a job, once for an event and once for an upload, and cancels unfinished jobs of the same track.
    async fn enqueue(&self, event_id: Uuid, job: &NewJob, now: DateTime<Utc>) -> Result<(), PortError>;

    /// The next job, leased until `until`, for making `ladder_id`; none when nothing waits. Of the highest priority, then of the uploader
    /// who was served least recently, then the one that has waited longest. A running job whose lease ended waits too; one whose bytes
    /// another job has in hand does not. Ladders of earlier attempts become rubbish.
    async fn claim(&self, ladder_id: LadderId, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<ClaimedJob>, PortError>;

    /// Keeps the job for longer.
    async fn extend(&self, lease: Lease, until: DateTime<Utc>) -> Result<(), LeaseError>;

    /// What the latest settled job of the same bytes came to, by the same recipe; none when there is none, or its ladder is not wanted any
    /// more. Refusals hold for every recipe, but not those for size: limits change.
    async fn twin(&self, sha256: &str, recipe: &str) -> Result<Option<Twin>, PortError>;

    /// The ladder is complete, made by `recipe`. Older ladders of the track become rubbish at `superseded_until`.
    async fn complete(
        &self,
        lease: Lease,
        now: DateTime<Utc>,
        superseded_until: DateTime<Utc>,
        made: (&Ladder, &str),
        events: &[Event],
    ) -> Result<(), LeaseError>;

    /// The job came to its end without a ladder, as one for an embedding does.
    async fn complete_without(&self, lease: Lease, now: DateTime<Utc>, events: &[Event]) -> Result<(), LeaseError>;

    /// The attempt failed; the next one begins at `at` or later.
    async fn retry(&self, lease: Lease, now: DateTime<Utc>, at: DateTime<Utc>, error: &str) -> Result<(), LeaseError>;

    /// The job failed for good: `failure` is for its uploader, `error` for operators.
    async fn fail(&self, lease: Lease, now: DateTime<Utc>, failure: &Failure, error: &str, events: &[Event]) -> Result<(), LeaseError>;

    /// The worker stops before the attempt ended; the attempt does not count.
    async fn release(&self, lease: Lease, now: DateTime<Utc>) -> Result<(), LeaseError>;

    /// The track is gone: its jobs end, and its ladders become rubbish. Once for an event.
    async fn cancel_track(&self, event_id: Uuid, track_id: TrackId, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Adds a line to a job's log.
    async fn note(&self, job_id: JobId, now: DateTime<Utc>, text: &str) -> Result<(), PortError>;

    /// A job's log, oldest first.
    async fn log(&self, job_id: JobId) -> Result<Vec<LogLine>, PortError>;

    /// Dead letters, oldest first.
    async fn dead(&self, limit: u64) -> Result<Vec<DeadJob>, PortError>;

    /// Gives a dead letter all its attempts again, before others; whether there was such a dead letter.
    async fn revive(&self, job_id: JobId, now: DateTime<Utc>) -> Result<bool, PortError>;

    /// Forgets a dead letter and its log; whether there was such a dead letter.
    async fn bury(&self, job_id: JobId) -> Result<bool, PortError>;

    /// Ends an unfinished job, and makes rubbish of what it was making; whether there was such a job.
    async fn cancel(&self, job_id: JobId, now: DateTime<Utc>, events: &[Event]) -> Result<bool, PortError>;

    /// The track and the upload of a job, and its purpose.
    async fn subject(&self, job_id: JobId) -> Result<Option<(TrackId, UploadId, Purpose)>, PortError>;

    /// Ends unfinished jobs for embeddings of other spaces than `space`, and has those of this one that ended without success tried again.
    async fn begin_rebuild(&self, space: &str, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Adds some jobs of the lowest priority, for uploads whose ladder is wanted and which have not been heard in `space`, nor have a job
    /// for it; returns how many, 0 when none are left.
    async fn add_to_rebuild(&self, space: &str, ids: &IdGenerator, now: DateTime<Utc>) -> Result<usize, PortError>;

    /// How the jobs for embeddings in `space` are.
    async fn rebuild_state(&self, space: &str) -> Result<RebuildState, PortError>;

    /// The fingerprints of those of `uploads` whose ladder is made and that have one, as Chromaprint's compressed texts.
    async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError>;

    /// How the queue is.
    async fn queue(&self, now: DateTime<Utc>) -> Result<QueueState, PortError>;

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

    /// Stores all files of the ladder `from` as those of `to` too, the multivariant playlist last.
    async fn copy(&self, from: LadderId, to: LadderId) -> Result<(), PortError>;

    /// Deletes all files of the ladder; having none is fine.
    async fn discard(&self, ladder_id: LadderId) -> Result<(), PortError>;
}

/// Makes ladders of files, and hears them.
#[async_trait]
pub trait Transcoder: Send + Sync + 'static {
    /// What the configured model hears in the file `input`; none where there is nothing to hear. Else as [`transcode`](Self::transcode).
    async fn embed(&self, input: &Path, progress: &watch::Sender<u8>) -> Result<Option<Vec<f32>>, TranscodeError>;

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
