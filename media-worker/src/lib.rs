//! The media worker: turns every upload into a ladder that any player can stream.
//!
//! | | |
//! |---|---|
//! | vocabulary | *source*: the uploaded file · *rendition*: one encoded variant · *ladder*: all renditions of one upload, with waveform and measures · *job*: the work on one upload · *attempt*: one try at a job, making a ladder of its own · *lease*: the right to work on a job, lost by silence |
//! | tables | `job` (one an upload and purpose), `job_log` (what became of it), `uploader` (whose turn it is), `ladder` (every ladder that may have files) |
//! | events in | `track.uploaded` → a job; `track.deleted` → its jobs end, its ladders go; `embeddings.rebuild_requested` → a job for each upload |
//! | events out | `media.progressed` (steps of 5 %), `media.completed`, `media.failed`, `media.embedded` or `media.unheard` (the catalogue heard by another model), `embeddings.rebuild_began` |
//! | blobs | reads the source where the event says; writes `ladders/<ladderId>/` (`master.m3u8`, `manifest.mpd`, `lossless.m3u8`, `lossless.mpd`, `waveform.json`, `waveform-detail.json`, `waveform.svg`, `spectrogram.png`, `<rendition>/index.m3u8`, `init.mp4`, `<n>.m4s`, `<n>.key`, `downloads/<file>`) |
//!
//! A job survives a worker killed at any moment: its lease ends, another attempt begins with an empty folder and a fresh
//! ladder, and what the dead one left is swept. Files are hostile: they are decoded in a child process with limits, in which only
//! the elements a ladder needs exist, without network and without the right to start programs. The same bytes are processed once: a
//! later job of them takes over what the first came to.

pub mod application;
pub mod domain;
pub mod infrastructure;

use std::sync::Arc;

use chrono::TimeDelta;
use platform::config::{ConfigError, EmbedderConfig, MediaConfig};
use platform::context::Task;
use platform::{Context, OpenError, Platform};
use tokio::sync::Notify;

use application::on_rebuild_requested::OnRebuildRequested;
use application::on_track_deleted::OnTrackDeleted;
use application::on_track_uploaded::OnTrackUploaded;
use application::operate_jobs::OperateJobs;
use application::ports::{JobRepository, LadderFiles, Transcoder};
use application::process_upload::ProcessUpload;
use application::rebuild_embeddings::RebuildEmbeddings;
use application::sweep_ladders::SweepLadders;
use application::work_off_jobs::WorkOffJobs;
use domain::embedding::space;
use domain::job::JobPolicy;
use domain::ladder::RECIPE;
use infrastructure::child_process::{ChildLimits, ChildProcess, Extras};
use infrastructure::encrypting::EncryptingTranscoder;
use infrastructure::job_repository::SeaJobRepository;
use infrastructure::ladder_files::BlobLadderFiles;
use infrastructure::migration::Migrator;
use infrastructure::onnx::{self, EmbedderError};

pub use infrastructure::child_process::TranscodeCommand;
pub use infrastructure::transcode_main::transcode_main;

/// The context's name: its database's, its service's and its consumer's.
pub const NAME: &str = "media";

/// Starts the context; this executable must answer the command `transcode` by calling [`transcode_main`].
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let command = TranscodeCommand::this_executable()
        .map_err(|source| OpenError::Other { what: "the path of this executable is unknown".into(), source: source.into() })?;
    start_with(platform, command).await
}

/// Starts the context with children by `command`.
pub async fn start_with(platform: &Platform, command: TranscodeCommand) -> Result<Context, OpenError> {
    let config = &platform.config.media;
    let database = platform.database::<Migrator>(NAME).await?;
    let jobs: Arc<dyn JobRepository> = Arc::new(SeaJobRepository::new(database.clone()));
    let files: Arc<dyn LadderFiles> = Arc::new(BlobLadderFiles::new(platform.blobs.clone()));
    let limits = ChildLimits { max_duration_secs: config.max_duration_secs, max_memory_bytes: config.max_memory_bytes, max_threads: config.max_threads };
    let policy = JobPolicy {
        lease: TimeDelta::seconds(i64::try_from(config.lease_secs).unwrap_or(i64::MAX / 1000)),
        max_attempts: config.max_attempts,
        superseded_for: TimeDelta::seconds(i64::from(platform.config.playback.grant_max_secs)),
    };
    let embedder = usable_embedder(config).await?;
    let child = Arc::new(ChildProcess::new(command, limits, Extras { lossless: config.lossless, downloads: config.downloads, embedder }));
    let transcoder: Arc<dyn Transcoder> = match config.segments_per_key {
        0 => child,
        segments_per_key => Arc::new(EncryptingTranscoder { inner: child, randomness: platform.randomness.clone(), segments_per_key }),
    };
    let work = platform.config.data.join("tmp").join(NAME);
    let (wake, sweep) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let process = Arc::new(ProcessUpload {
        jobs: jobs.clone(),
        files: files.clone(),
        transcoder,
        bus: platform.bus.clone(),
        events: platform.events(NAME),
        clock: platform.clock.clone(),
        policy,
        recipe: recipe(config),
        model: onnx::model_of(&config.embedder),
        max_source_bytes: config.max_source_bytes,
        work: work.clone(),
    });

    let mut context = Context::new(NAME);
    context.handlers = vec![
        Arc::new(OnTrackUploaded { jobs: jobs.clone(), ids: platform.ids.clone(), clock: platform.clock.clone(), wake: wake.clone() }),
        Arc::new(OnTrackDeleted { jobs: jobs.clone(), clock: platform.clock.clone(), sweep: sweep.clone() }),
        Arc::new(OnRebuildRequested {
            rebuild: rebuild_embeddings(platform, jobs.clone()),
            model: onnx::model_of(&config.embedder),
            bus: platform.bus.clone(),
            events: platform.events(NAME),
            wake: wake.clone(),
        }),
    ];
    context.tasks.push(platform.outbox_relay("media.outbox", &database));
    for _ in 0..config.workers {
        let worker = WorkOffJobs {
            jobs: jobs.clone(),
            process: process.clone(),
            ids: platform.ids.clone(),
            clock: platform.clock.clone(),
            policy,
            wake: wake.clone(),
            sweep: sweep.clone(),
        };
        context.tasks.push(Task::new("media.worker", move |stop| worker.run(stop)));
    }
    if config.workers > 0 {
        let sweeper = SweepLadders { jobs, files, clock: platform.clock.clone(), work, wake: sweep };
        sweeper.sweep_work().await?;
        context.tasks.push(Task::new("media.sweeper", move |stop| sweeper.run(stop)));
    }
    Ok(context)
}

/// The embedder that the configuration names, by an absolute path; tried by who will work with it, so that a bad model is told at the start.
async fn usable_embedder(config: &MediaConfig) -> Result<EmbedderConfig, OpenError> {
    let mut embedder = config.embedder.clone();
    if let EmbedderConfig::Onnx(onnx) = &mut embedder {
        onnx.file = std::path::absolute(&onnx.file).map_err(|source| OpenError::Data { folder: onnx.file.display().to_string(), source })?;
    }
    if config.workers > 0 {
        let tried = embedder.clone();
        let tried = tokio::task::spawn_blocking(move || onnx::embedder(&tried).map(drop)).await;
        let tried = tried.map_err(|source| OpenError::Other { what: "the embedding model cannot be tried".into(), source: source.into() })?;
        tried.map_err(|EmbedderError { key, problem }| ConfigError::Value { key, problem })?;
    }
    Ok(embedder)
}

/// What ladders are made by under this configuration.
fn recipe(config: &MediaConfig) -> String {
    let MediaConfig { lossless, downloads, segments_per_key, .. } = config;
    let space = space(&onnx::model_of(&config.embedder));
    format!("{RECIPE} lossless={lossless} downloads={downloads} segments_per_key={segments_per_key} embedding={space}")
}

/// What operators do about embeddings of the installation on `platform`, by the model that is configured.
pub async fn embeddings(platform: &Platform) -> Result<RebuildEmbeddings, OpenError> {
    Ok(rebuild_embeddings(platform, Arc::new(SeaJobRepository::new(platform.database::<Migrator>(NAME).await?))))
}

fn rebuild_embeddings(platform: &Platform, jobs: Arc<dyn JobRepository>) -> RebuildEmbeddings {
    let space = space(&onnx::model_of(&platform.config.media.embedder));
    RebuildEmbeddings { jobs, ids: platform.ids.clone(), clock: platform.clock.clone(), space }
}

/// What operators do about jobs of the installation on `platform`.
pub async fn operator(platform: &Platform) -> Result<OperateJobs, OpenError> {
    let jobs = Arc::new(SeaJobRepository::new(platform.database::<Migrator>(NAME).await?));
    Ok(OperateJobs { jobs, events: platform.events(NAME), clock: platform.clock.clone() })
}
