//! One attempt at one job: fetch the source, make the ladder, store it, tell it.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::{EmbeddingModel, MediaCompleted, MediaEmbedded, MediaFailed, MediaLogLine, MediaProgressed, MediaUnheard};
use kernel::{Clock, PortError};
use platform::bus::EventBus;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ports::{ClaimedJob, JobRepository, LadderFiles, Lease, LeaseError, TranscodeError, Transcoder, Twin};
use crate::domain::embedding::space;
use crate::domain::failure::Failure;
use crate::domain::job::{JobPolicy, Next, Purpose, remaining_secs, step_to_tell};
use crate::domain::ladder::{Ladder, prefix};

/// Processes claimed jobs.
pub struct ProcessUpload {
    /// Where jobs are kept.
    pub jobs: Arc<dyn JobRepository>,
    /// Moves sources and ladders.
    pub files: Arc<dyn LadderFiles>,
    /// Makes ladders.
    pub transcoder: Arc<dyn Transcoder>,
    /// Where progress is told.
    pub bus: Arc<dyn EventBus>,
    /// Makes events.
    pub events: EventFactory,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// When to try again.
    pub policy: JobPolicy,
    /// What ladders are made by: the same of the same bytes makes the same ladder.
    pub recipe: String,
    /// What vectors are made by.
    pub model: EmbeddingModel,
    /// The largest source, in bytes.
    pub max_source_bytes: u64,
    /// The folder for what is temporary; everything of one job lies in a folder of its id.
    pub work: PathBuf,
}

/// How an attempt ended.
enum Outcome {
    Made(Box<Ladder>),
    Heard(Option<Vec<f32>>),
    Refused(Failure),
    Broke(String),
    LeaseLost,
    Stopped,
}

impl Outcome {
    const fn name(&self) -> &'static str {
        match self {
            Self::Made(_) => "made",
            Self::Heard(_) => "heard",
            Self::Refused(_) => "refused",
            Self::Broke(_) => "broke",
            Self::LeaseLost => "lease_lost",
            Self::Stopped => "stopped",
        }
    }
}

impl ProcessUpload {
    /// Works on `job` until it is settled, the lease is lost, or `stop` asks to give it back. Leaves nothing temporary.
    #[tracing::instrument(name = "process_upload", skip_all, fields(job = %job.lease.job_id, track = %job.track_id, attempt = job.attempt))]
    pub async fn run(&self, job: &ClaimedJob, stop: &CancellationToken) {
        let (progress, told) = watch::channel(0);
        let outcome = tokio::select! {
            outcome = self.attempt(job, &progress) => outcome,
            never = self.tell_progress(job, told) => match never {},
            () = self.keep(job.lease) => Outcome::LeaseLost,
            () = stop.cancelled() => Outcome::Stopped,
        };
        match self.settle(job, outcome).await {
            Ok(()) => {}
            Err(LeaseError::Lost) => {
                tracing::info!("the job was cancelled, or is another worker's by now");
                self.discard(job).await;
            }
            // Whether it was settled is not known. If not, the lease ends by itself, the job runs again, and this ladder is swept.
            Err(LeaseError::Port(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "the job could not be settled"),
        }
        if let Err(error) = self.remove_attempt(job).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the attempt's temporary folder stays until the next start");
        }
    }

    async fn attempt(&self, job: &ClaimedJob, progress: &watch::Sender<u8>) -> Outcome {
        if !self.policy.may_begin(job.attempt) {
            return Outcome::Broke("every attempt took its worker down".into());
        }
        if job.size_bytes > self.max_source_bytes {
            return Outcome::Refused(Failure::too_many_bytes(self.max_source_bytes));
        }
        if let Purpose::Embedding(space) = &job.purpose {
            return self.hear(job, space, progress).await;
        }
        match self.reuse(job).await {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {}
            // Making it once more is always right.
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "what became of the same bytes is not known"),
        }
        match self.make(job, progress).await {
            Ok(ladder) => Outcome::Made(Box::new(ladder)),
            Err(TranscodeError::File(failure)) => Outcome::Refused(failure),
            Err(TranscodeError::Internal(detail)) => Outcome::Broke(detail),
        }
    }

    /// The outcome of an earlier job of the same bytes, its ladder copied; none when there is none.
    async fn reuse(&self, job: &ClaimedJob) -> Result<Option<Outcome>, PortError> {
        match self.jobs.twin(&job.sha256, &self.recipe).await? {
            None => Ok(None),
            Some(Twin::Refused(failure)) => {
                self.note(job, "The same file was processed before, with this outcome.").await;
                Ok(Some(Outcome::Refused(failure)))
            }
            Some(twin @ Twin::Made { .. }) => {
                let Twin::Made { ladder_id, ladder } = &twin else { return Ok(None) };
                match self.files.copy(*ladder_id, job.lease.ladder_id).await {
                    Ok(()) => {}
                    Err(PortError::NotFound) => return Ok(None),
                    Err(error) => return Err(error),
                }
                // It may have become rubbish meanwhile, and then some of its files may have been gone before they were copied.
                if self.jobs.twin(&job.sha256, &self.recipe).await?.as_ref() != Some(&twin) {
                    return Ok(None);
                }
                self.note(job, "The same file was processed before; what was made of it was taken over.").await;
                Ok(Some(Outcome::Made(Box::new(ladder.clone()))))
            }
        }
    }

    /// What the model hears in the source.
    async fn hear(&self, job: &ClaimedJob, space_wanted: &str, progress: &watch::Sender<u8>) -> Outcome {
        if space(&self.model) != *space_wanted {
            return Outcome::Broke(format!("this worker has another model: {}", space(&self.model)));
        }
        let heard = async {
            let source = self.fetch(job).await?;
            self.transcoder.embed(&source, progress).await
        };
        match heard.await {
            Ok(vector) => Outcome::Heard(vector),
            // It became a ladder once: what is wrong now keeps it from being heard, and from nothing else.
            Err(TranscodeError::File(failure)) => {
                tracing::warn!(reason = failure.reason, "a published source cannot be heard");
                Outcome::Heard(None)
            }
            Err(TranscodeError::Internal(detail)) => Outcome::Broke(detail),
        }
    }

    /// Makes this attempt's folder with nothing but the source in it, and returns that.
    async fn fetch(&self, job: &ClaimedJob) -> Result<PathBuf, TranscodeError> {
        let folder = self.folder(job);
        // What an earlier attempt of a killed worker left.
        match tokio::fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        // A folder an attempt: should an earlier one still be alive, it finds its own gone and cannot touch this one.
        let folder = self.attempt_folder(job);
        tokio::fs::create_dir_all(&folder).await?;
        let source = folder.join("source");
        self.files.fetch(&job.blob, &source).await.map_err(|error| store_failed("the source cannot be read", &error))?;
        Ok(source)
    }

    async fn make(&self, job: &ClaimedJob, progress: &watch::Sender<u8>) -> Result<Ladder, TranscodeError> {
        let (source, output) = (self.fetch(job).await?, self.attempt_folder(job).join("ladder"));
        self.note(job, "Processing began.").await;
        let began = Instant::now();
        let ladder = self.transcoder.transcode(&source, &output, progress).await?;
        progress.send_replace(100);
        let (sound_secs, worked_secs) = (ladder.duration_secs(), began.elapsed().as_secs_f64());
        metrics::histogram!("polyphony_media_speed_times_real_time").record(sound_secs / worked_secs.max(0.001));
        self.note(job, &format!("{} of sound were processed in {worked_secs:.1} s.", minutes(sound_secs))).await;
        self.files.store(&output, job.lease.ladder_id).await.map_err(|error| store_failed("the ladder cannot be stored", &error))?;
        Ok(ladder)
    }

    /// Tells each step on the bus itself, not through the outbox: it changes no state, so there is no transaction to join; a
    /// lost one is made up for by the next; and it arrives a write earlier. Ends with the attempt that feeds it.
    async fn tell_progress(&self, job: &ClaimedJob, mut percent: watch::Receiver<u8>) -> std::convert::Infallible {
        let (mut told, began) = (None, Instant::now());
        loop {
            let now = *percent.borrow_and_update();
            if let Some(step) = step_to_tell(now, told).filter(|_| job.purpose == Purpose::Ladder) {
                told = Some(step);
                let event = self.events.wrap(&MediaProgressed {
                    track_id: job.track_id,
                    upload_id: job.upload_id,
                    percent: step,
                    remaining_secs: remaining_secs(step, began.elapsed()),
                });
                if let Err(error) = self.bus.publish(&[event]).await {
                    tracing::debug!(error = &error as &dyn std::error::Error, "progress was not told");
                }
            }
            if percent.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Returns when the lease is lost.
    async fn keep(&self, lease: Lease) {
        loop {
            tokio::time::sleep(self.policy.heartbeat()).await;
            match self.jobs.extend(lease, self.clock.now() + self.policy.lease).await {
                Ok(()) => {}
                Err(LeaseError::Lost) => return,
                // Another worker will take the job when this goes on for long, and then the lease is lost.
                Err(LeaseError::Port(error)) => tracing::warn!(error = &error as &dyn std::error::Error, "the lease could not be extended"),
            }
        }
    }

    async fn settle(&self, job: &ClaimedJob, outcome: Outcome) -> Result<(), LeaseError> {
        let (lease, now) = (job.lease, self.clock.now());
        metrics::counter!("polyphony_media_attempts_total", "outcome" => outcome.name()).increment(1);
        if let Outcome::Refused(failure) = &outcome {
            metrics::counter!("polyphony_media_failures_total", "reason" => failure.code()).increment(1);
        }
        match outcome {
            Outcome::Made(ladder) => {
                tracing::info!(ladder = %lease.ladder_id, duration_ms = ladder.duration_ms(), "the ladder is complete");
                self.note(job, "All is stored: the recording is ready.").await;
                let event = self.events.wrap(&completed(job, (*ladder).clone(), self.log(job).await));
                self.jobs.complete(lease, now, now + self.policy.superseded_for, (&ladder, &self.recipe), &[event]).await
            }
            Outcome::Refused(failure) => {
                tracing::info!(reason = failure.reason, "the file was refused");
                self.give_up(job, &failure.reason, &failure).await
            }
            Outcome::Heard(vector) => {
                let Self { model, .. } = self;
                let event = MediaEmbedded { track_id: job.track_id, upload_id: job.upload_id, model: model.clone(), vector };
                self.jobs.complete_without(lease, now, &[self.events.wrap(&event)]).await
            }
            Outcome::Broke(detail) => match self.policy.after_failure(job.attempt, now) {
                Next::RetryAt(at) => {
                    tracing::warn!(detail, retry_at = %at, "the attempt failed");
                    self.note(job, &format!("Attempt {} failed because of a fault on our side; another follows.", job.attempt)).await;
                    self.jobs.retry(lease, now, at, &detail).await
                }
                Next::GiveUp => {
                    tracing::error!(detail, "the job is given up");
                    metrics::counter!("polyphony_media_failures_total", "reason" => Failure::internal().code()).increment(1);
                    self.give_up(job, &detail, &Failure::internal()).await
                }
            },
            Outcome::LeaseLost => Err(LeaseError::Lost),
            Outcome::Stopped => self.jobs.release(lease, now).await,
        }
    }

    async fn give_up(&self, job: &ClaimedJob, detail: &str, failure: &Failure) -> Result<(), LeaseError> {
        self.note(job, &failure.reason).await;
        let log = self.log(job).await;
        let event = MediaFailed { track_id: job.track_id, upload_id: job.upload_id, failure: failure.kind, reason: failure.reason.clone(), log };
        let event = match &job.purpose {
            Purpose::Ladder => self.events.wrap(&event),
            // An upload that has its ladder did not fail because it cannot be heard once more.
            Purpose::Embedding(_) => self.events.wrap(&MediaUnheard {
                track_id: job.track_id,
                upload_id: job.upload_id,
                model: self.model.clone(),
                job_id: job.lease.job_id,
                reason: failure.reason.clone(),
            }),
        };
        self.jobs.fail(job.lease, self.clock.now(), failure, detail, &[event]).await
    }

    /// The job's log so far, for its owner.
    async fn log(&self, job: &ClaimedJob) -> Vec<MediaLogLine> {
        match self.jobs.log(job.lease.job_id).await {
            Ok(lines) => lines.into_iter().map(|line| MediaLogLine { at: line.at, text: line.text }).collect(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the job's log could not be read");
                Vec::new()
            }
        }
    }

    /// Adds to the job's log, which nothing depends on.
    async fn note(&self, job: &ClaimedJob, text: &str) {
        if let Err(error) = self.jobs.note(job.lease.job_id, self.clock.now(), text).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the job's log could not be written");
        }
    }

    /// What was stored under a lost lease: the sweeper may have been there already.
    async fn discard(&self, job: &ClaimedJob) {
        if let Err(error) = self.files.discard(job.lease.ladder_id).await {
            tracing::warn!(error = &error as &dyn std::error::Error, ladder = %job.lease.ladder_id, "an unfinished ladder could not be deleted");
        }
    }

    /// Removes this attempt's files; the job's folder too, unless another attempt has begun in it.
    async fn remove_attempt(&self, job: &ClaimedJob) -> std::io::Result<()> {
        tokio::fs::remove_dir_all(self.attempt_folder(job)).await?;
        match tokio::fs::remove_dir(self.folder(job)).await {
            Err(error) if error.kind() != std::io::ErrorKind::DirectoryNotEmpty => Err(error),
            _ => Ok(()),
        }
    }

    fn folder(&self, job: &ClaimedJob) -> PathBuf {
        self.work.join(job.lease.job_id.to_string())
    }

    fn attempt_folder(&self, job: &ClaimedJob) -> PathBuf {
        self.folder(job).join(job.lease.ladder_id.to_string())
    }
}

fn completed(job: &ClaimedJob, ladder: Ladder, log: Vec<MediaLogLine>) -> MediaCompleted {
    MediaCompleted {
        track_id: job.track_id,
        upload_id: job.upload_id,
        ladder_id: job.lease.ladder_id,
        prefix: prefix(job.lease.ladder_id),
        duration_ms: ladder.duration_ms(),
        sample_rate_hz: ladder.sample_rate_hz,
        channels: ladder.channels,
        loudness_lufs: ladder.loudness_lufs,
        true_peak_dbtp: ladder.true_peak_dbtp,
        renditions: ladder.renditions,
        lossless: ladder.lossless,
        dash: ladder.dash,
        downloads: ladder.downloads,
        log,
        analysis: *ladder.analysis,
    }
}

/// `3 min 20 s`.
fn minutes(secs: f64) -> String {
    if secs < 60.0 { format!("{secs:.1} s") } else { format!("{:.0} min {:.0} s", (secs / 60.0).floor(), secs % 60.0) }
}

fn store_failed(what: &str, error: &PortError) -> TranscodeError {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    TranscodeError::Internal(format!("{what}: {error} {cause}"))
}
