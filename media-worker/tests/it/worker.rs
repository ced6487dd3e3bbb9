//! Whole workers: from an event to a ladder in the blob store, through the deaths of children and workers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use kernel::events::{MediaCompleted, MediaFailed, MediaFailure, MediaProgressed, TrackDeleted, TrackUploaded};
use kernel::id::TrackId;
use kernel::{Event, EventPayload};
use media_worker::TranscodeCommand;
use object_store::path::Path as BlobPath;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use platform::Platform;
use platform::consumer::Consumer;
use platform::testing::TestPlatform;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{WORKER, stereo};

const DEADLINE: Duration = Duration::from_secs(60);
const OBSERVER: &str = "observer";

/// A process that runs the media worker.
pub(crate) struct Worker {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Worker {
    pub(crate) async fn start(kit: &TestPlatform, command: TranscodeCommand) -> Self {
        Self::on(&kit.platform, command).await
    }

    pub(crate) async fn on(platform: &Platform, command: TranscodeCommand) -> Self {
        let context = media_worker::start_with(platform, command).await.unwrap();
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        tasks.spawn(Consumer::new(context.name, context.handlers, platform.bus.clone()).run(stop.clone()));
        for task in context.tasks {
            tasks.spawn((task.run)(stop.clone()));
        }
        Self { stop, tasks }
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        tokio::time::timeout(DEADLINE, async { while self.tasks.join_next().await.is_some() {} }).await.expect("the worker stops");
    }

    /// As kill -9 does: nothing is tidied up.
    pub(crate) async fn die(mut self) {
        self.tasks.shutdown().await;
    }
}

pub(crate) fn healthy() -> TranscodeCommand {
    TranscodeCommand { program: PathBuf::from(WORKER), arguments: vec!["transcode".into()] }
}

/// A transcoder that does `instead` the first time, and its work from then on.
pub(crate) fn at_first(kit: &TestPlatform, instead: &str) -> TranscodeCommand {
    let marker = kit.platform.config.data.join("been-here");
    let script = format!("if [ ! -e '{0}' ]; then touch '{0}'; {instead}; fi; exec '{WORKER}' transcode \"$@\"", marker.display());
    TranscodeCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), OsString::from(script), "sh".into()] }
}

pub(crate) struct Upload {
    pub(crate) track_id: TrackId,
    blob: BlobPath,
}

pub(crate) async fn upload(kit: &TestPlatform, bytes: Vec<u8>) -> Upload {
    upload_known(kit, bytes, "").await
}

/// An upload whose hash the catalog tells.
async fn upload_known(kit: &TestPlatform, bytes: Vec<u8>, sha256: &str) -> Upload {
    let platform = &kit.platform;
    let uploaded = TrackUploaded {
        track_id: platform.ids.next(),
        upload_id: platform.ids.next(),
        uploader_id: platform.ids.next(),
        blob: format!("uploads/{}", platform.ids.uuid()),
        file_name: "a.wav".into(),
        media_type: "audio/wav".into(),
        size_bytes: bytes.len() as u64,
        sha256: sha256.into(),
    };
    let blob = BlobPath::from(uploaded.blob.as_str());
    platform.blobs.put(&blob, bytes.into()).await.unwrap();
    tell(kit, &uploaded).await;
    Upload { track_id: uploaded.track_id, blob }
}

async fn tell<P: EventPayload>(kit: &TestPlatform, payload: &P) {
    kit.platform.bus.publish(&[kit.platform.events("catalog").wrap(payload)]).await.unwrap();
}

/// Waits for the first event that `wanted` takes, moving the clock on with `advance` between looks.
async fn wait<T>(kit: &TestPlatform, advance: Duration, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
    let look = async {
        loop {
            let types = [MediaProgressed::TYPE, MediaCompleted::TYPE, MediaFailed::TYPE];
            for delivery in kit.platform.bus.poll(OBSERVER, &types, 100).await.unwrap() {
                if let Some(found) = wanted(&delivery.event) {
                    return found;
                }
            }
            kit.clock.advance(chrono::TimeDelta::from_std(advance).unwrap());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, look).await.expect("the event comes")
}

async fn completed(kit: &TestPlatform, advance: Duration) -> MediaCompleted {
    wait(kit, advance, |event| event.payload().map(Result::unwrap)).await
}

async fn blobs(kit: &TestPlatform, prefix: &str) -> Vec<String> {
    let mut found: Vec<String> = kit.platform.blobs.list(Some(&BlobPath::from(prefix))).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
    found.sort();
    found
}

async fn until<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    tokio::time::timeout(DEADLINE, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("the condition comes true");
}

fn temporary(kit: &TestPlatform) -> Vec<PathBuf> {
    std::fs::read_dir(kit.platform.config.data.join("tmp/media")).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_becomes_a_ladder() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, healthy()).await;
    let mut live = kit.platform.bus.tail(&[MediaProgressed::TYPE]);
    let upload = upload(&kit, stereo(30)).await;
    let completed = completed(&kit, Duration::ZERO).await;
    assert_eq!((completed.track_id, completed.duration_ms, completed.sample_rate_hz, completed.channels), (upload.track_id, 30_000, 44_100, 2));
    assert_eq!(completed.prefix, format!("ladders/{}", completed.ladder_id));
    let files = blobs(&kit, &completed.prefix).await;
    for name in ["master.m3u8", "waveform.json", "aac-64/index.m3u8", "aac-64/init.mp4", "aac-320/0.m4s", "aac-320/5.m4s"] {
        assert!(files.contains(&format!("{}/{name}", completed.prefix)), "{name} in {files:?}");
    }
    let first = live.next().await.unwrap().payload::<MediaProgressed>().unwrap().unwrap();
    let mut percents = vec![first.percent];
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(100), live.next()).await {
        percents.push(event.payload::<MediaProgressed>().unwrap().unwrap().percent);
    }
    assert!(percents[0] == 0 && percents.is_sorted() && percents.iter().all(|percent| percent % 5 == 0), "{percents:?}");
    until(async || temporary(&kit).is_empty()).await;

    tell(&kit, &TrackDeleted { track_id: upload.track_id }).await;
    until(async || blobs(&kit, "ladders").await.is_empty()).await;
    assert!(kit.platform.blobs.head(&upload.blob).await.is_ok(), "the source is the catalog's");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_at_fault_fails_at_once() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, healthy()).await;
    let upload = upload(&kit, b"Not a song.\n".to_vec()).await;
    let failed: MediaFailed = wait(&kit, Duration::ZERO, |event| event.payload().map(Result::unwrap)).await;
    assert_eq!((failed.track_id, failed.failure), (upload.track_id, MediaFailure::NotAudio));
    assert!(failed.reason.contains("a text file"), "{}", failed.reason);
    assert!(blobs(&kit, "ladders").await.is_empty());
    until(async || temporary(&kit).is_empty()).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_killed_in_the_middle_is_tried_again() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, at_first(&kit, "kill -9 $$")).await;
    upload(&kit, stereo(2)).await;
    let completed = completed(&kit, Duration::from_secs(1)).await;
    assert_eq!(completed.duration_ms, 2000);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transcoder_that_always_breaks_is_given_up() {
    let kit = TestPlatform::new().await;
    let broken = TranscodeCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), "kill -9 $$".into()] };
    let worker = Worker::start(&kit, broken).await;
    upload(&kit, stereo(1)).await;
    let failed: MediaFailed = wait(&kit, Duration::from_secs(1), |event| event.payload().map(Result::unwrap)).await;
    assert_eq!(failed.failure, MediaFailure::Internal);
    assert!(!failed.reason.contains("signal"), "internals are for the log: {}", failed.reason);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_workers_job_runs_again_once_and_leaves_nothing() {
    let kit = TestPlatform::new().await;
    let dying = Worker::start(&kit, at_first(&kit, "mkdir -p \"$4/aac-64\"; exec sleep 600")).await;
    upload(&kit, stereo(2)).await;
    wait(&kit, Duration::ZERO, Event::payload::<MediaProgressed>).await.unwrap();
    until(async || kit.platform.config.data.join("been-here").exists()).await;
    dying.die().await;
    let left = temporary(&kit);
    assert_eq!(left.len(), 1);
    let attempt = std::fs::read_dir(&left[0]).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    // As if the worker had died while it stored the ladder.
    let orphan = BlobPath::from(format!("ladders/{attempt}/aac-64/0.m4s"));
    kit.platform.blobs.put(&orphan, "half".into()).await.unwrap();

    let heir = Worker::start(&kit, healthy()).await;
    let completed = completed(&kit, Duration::from_secs(1)).await;
    assert_ne!(completed.ladder_id.to_string(), attempt);
    until(async || temporary(&kit).is_empty() && blobs(&kit, &format!("ladders/{attempt}")).await.is_empty()).await;
    assert!(!blobs(&kit, &completed.prefix).await.is_empty());
    heir.stop().await;
    let more = kit.platform.bus.poll(OBSERVER, &[MediaCompleted::TYPE], 100).await.unwrap();
    assert_eq!(more.len(), 1, "completed once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_gives_its_job_back() {
    let kit = TestPlatform::new().await;
    let stopping = Worker::start(&kit, at_first(&kit, "exec sleep 600")).await;
    upload(&kit, stereo(2)).await;
    until(async || kit.platform.config.data.join("been-here").exists()).await;
    stopping.stop().await;
    assert!(temporary(&kit).is_empty());
    // The clock stands still: the lease did not end, it was given back.
    let heir = Worker::start(&kit, healthy()).await;
    completed(&kit, Duration::ZERO).await;
    heir.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_track_deleted_in_the_middle_ends_its_job() {
    let kit = TestPlatform::with(|config| config.media.lease_secs = 1).await;
    let worker = Worker::start(&kit, at_first(&kit, "exec sleep 600")).await;
    let upload = upload(&kit, stereo(2)).await;
    until(async || kit.platform.config.data.join("been-here").exists()).await;
    tell(&kit, &TrackDeleted { track_id: upload.track_id }).await;
    until(async || temporary(&kit).is_empty()).await;
    worker.stop().await;
    let told = kit.platform.bus.poll(OBSERVER, &[MediaCompleted::TYPE, MediaFailed::TYPE], 10).await.unwrap();
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_uploads_are_each_processed_once() {
    let kit = TestPlatform::with(|config| config.media.workers = 2).await;
    let workers = [Worker::start(&kit, healthy()).await, Worker::start(&kit, healthy()).await];
    let mut tracks = Vec::new();
    for _ in 0..5 {
        tracks.push(upload(&kit, stereo(1)).await.track_id);
    }
    // The observer never commits: each look sees all there is.
    until(async || finished(&kit).await.len() >= tracks.len()).await;
    for worker in workers {
        worker.stop().await;
    }
    let mut seen = finished(&kit).await;
    seen.sort();
    tracks.sort();
    assert_eq!(seen, tracks);
}

async fn finished(kit: &TestPlatform) -> Vec<TrackId> {
    let told = kit.platform.bus.poll(OBSERVER, &[MediaCompleted::TYPE], 100).await.unwrap();
    told.iter().map(|delivery| delivery.event.payload::<MediaCompleted>().unwrap().unwrap().track_id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_are_processed_once() {
    let kit = TestPlatform::new().await;
    let count = kit.platform.config.data.join("count");
    let script = format!("echo x >> '{}'; exec '{WORKER}' transcode \"$@\"", count.display());
    let counted = TranscodeCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), OsString::from(script), "sh".into()] };
    let worker = Worker::start(&kit, counted).await;
    let hash = "ab".repeat(32);
    let mut tracks = Vec::new();
    for _ in 0..3 {
        tracks.push(upload_known(&kit, stereo(2), &hash).await.track_id);
    }
    until(async || finished(&kit).await.len() >= tracks.len()).await;
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n", "one child for three uploads");
    let told: Vec<MediaCompleted> =
        kit.platform.bus.poll(OBSERVER, &[MediaCompleted::TYPE], 10).await.unwrap().iter().map(|it| it.event.payload().unwrap().unwrap()).collect();
    let names = |ladder: &MediaCompleted| {
        let prefix = ladder.prefix.clone();
        let kit = &kit;
        async move { blobs(kit, &prefix).await.iter().map(|file| file.strip_prefix(&prefix).unwrap().to_owned()).collect::<Vec<_>>() }
    };
    let first = names(&told[0]).await;
    for ladder in &told {
        assert_eq!((ladder.duration_ms, &ladder.renditions), (told[0].duration_ms, &told[0].renditions));
        assert_eq!(names(ladder).await, first);
    }
    // Each has a ladder of its own: the end of one is not the end of the others.
    tell(&kit, &TrackDeleted { track_id: told[0].track_id }).await;
    until(async || names(&told[0]).await.is_empty()).await;
    assert_eq!(names(&told[1]).await, first);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_file_is_refused_again_without_a_look() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, at_first(&kit, ":")).await;
    let marker = kit.platform.config.data.join("been-here");
    for _ in 0..2 {
        let upload = upload_known(&kit, b"Not a song.\n".to_vec(), &"cd".repeat(32)).await;
        let of_it = |event: &Event| event.payload::<MediaFailed>().map(Result::unwrap).filter(|failed| failed.track_id == upload.track_id);
        let failed = wait(&kit, Duration::ZERO, of_it).await;
        assert_eq!(failed.failure, MediaFailure::NotAudio);
        // Only the first upload started a child.
        let _ = std::fs::remove_file(&marker);
    }
    assert!(!marker.exists());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large_is_not_even_fetched() {
    let kit = TestPlatform::with(|config| config.media.max_source_bytes = 1000).await;
    let worker = Worker::start(&kit, at_first(&kit, ":")).await;
    upload(&kit, stereo(1)).await;
    let failed: MediaFailed = wait(&kit, Duration::ZERO, |event| event.payload().map(Result::unwrap)).await;
    assert_eq!(failed.failure, MediaFailure::TooLarge);
    assert!(!kit.platform.config.data.join("been-here").exists());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_tries_a_dead_letter_again_and_its_log_tells_all() {
    let kit = TestPlatform::with(|config| config.media.max_attempts = 1).await;
    let worker = Worker::start(&kit, at_first(&kit, "kill -9 $$")).await;
    upload(&kit, stereo(1)).await;
    wait(&kit, Duration::from_secs(1), Event::payload::<MediaFailed>).await.unwrap();
    let operator = media_worker::operator(&kit.platform).await.unwrap();
    let dead = operator.dead(10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].error.contains("signal"), "{dead:?}");
    operator.retry(dead[0].id).await.unwrap();
    let told = completed(&kit, Duration::ZERO).await;
    assert!(operator.dead(10).await.unwrap().is_empty());
    assert!(operator.retry(dead[0].id).await.is_err() && operator.discard(dead[0].id).await.is_err() && operator.cancel(dead[0].id).await.is_err());
    until(async || operator.log(dead[0].id).await.unwrap().len() == 6).await;
    let log: Vec<_> = operator.log(dead[0].id).await.unwrap().into_iter().map(|line| line.text).collect();
    assert_eq!(told.log.into_iter().map(|line| line.text).collect::<Vec<_>>(), log, "the owner is told the same");
    assert!(log[1].contains("a fault on our side") && log[2].contains("An operator") && log[4].contains("of sound were processed in"), "{log:#?}");
    assert!(!log.iter().any(|line| line.contains("signal") || line.contains('/')), "internals are for the log: {log:#?}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_cancels_what_runs() {
    let kit = TestPlatform::with(|config| config.media.lease_secs = 1).await;
    let worker = Worker::start(&kit, at_first(&kit, "exec sleep 600")).await;
    let upload = upload(&kit, stereo(2)).await;
    until(async || kit.platform.config.data.join("been-here").exists()).await;
    let folder = temporary(&kit).pop().unwrap();
    let job = folder.file_name().unwrap().to_str().unwrap().parse().unwrap();
    media_worker::operator(&kit.platform).await.unwrap().cancel(job).await.unwrap();
    let failed: MediaFailed = wait(&kit, Duration::ZERO, |event| event.payload().map(Result::unwrap)).await;
    assert_eq!(failed.track_id, upload.track_id);
    assert!(failed.reason.contains("cancelled"), "{}", failed.reason);
    until(async || temporary(&kit).is_empty()).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encrypted_segments_are_the_same_sound_under_keys_that_change() {
    let kit = TestPlatform::with(|config| {
        config.media.segments_per_key = 2;
        config.media.lossless = true;
    })
    .await;
    let worker = Worker::start(&kit, healthy()).await;
    upload(&kit, stereo(20)).await;
    let completed = completed(&kit, Duration::ZERO).await;
    worker.stop().await;
    assert!(!completed.dash);
    let folder = kit.platform.config.data.join("blobs").join(&completed.prefix);
    for rendition in ["aac-64", "aac-320", "flac"] {
        let folder = folder.join(rendition);
        let playlist = std::fs::read_to_string(folder.join("index.m3u8")).unwrap();
        let keys: Vec<_> = playlist.lines().filter(|line| line.starts_with("#EXT-X-KEY:")).collect();
        assert_eq!(keys, ["#EXT-X-KEY:METHOD=AES-128,URI=\"0.key\"", "#EXT-X-KEY:METHOD=AES-128,URI=\"1.key\""], "{playlist}");
        let key = |n: u8| std::fs::read(folder.join(format!("{n}.key"))).unwrap();
        assert!(key(0).len() == 16 && key(0) != key(1));
        let segment = std::fs::read(folder.join("0.m4s")).unwrap();
        assert!(segment.len() % 16 == 0 && !segment.windows(4).any(|window| window == b"moof"), "no box is readable");
        // FFmpeg decrypts and decodes.
        let output = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-allowed_extensions", "ALL", "-i"])
            .arg(folder.join("index.m3u8"))
            .args(["-f", "s16le", "-"])
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{rendition}: {}", String::from_utf8_lossy(&output.stderr));
        let samples = output.stdout.len() / 4;
        assert!(samples.abs_diff(20 * 44_100) <= 2048, "{rendition}: {samples}");
    }
    assert!(!folder.join("manifest.mpd").exists() && folder.join("downloads/mp3-128.mp3").exists());
}
