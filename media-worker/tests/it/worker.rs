//! Whole workers: from an event to a ladder in the blob store, through the deaths of children and workers.

use std::time::Duration;

use futures::StreamExt as _;
use kernel::events::{MediaCompleted, MediaFailed, MediaFailure, MediaProgressed, TrackDeleted};
use kernel::{Event, EventPayload as _};
use media_worker::TranscodeCommand;
use object_store::ObjectStoreExt as _;
use object_store::path::Path as BlobPath;
use platform::testing::TestPlatform;

use crate::support::stereo;
use crate::worker_kit::{OBSERVER, Worker, at_first, blobs, completed, finished, healthy, tell, temporary, until, upload, wait};

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
