//! Whole workers: what is not processed again, and what operators do.

use std::ffi::OsString;
use std::time::Duration;

use kernel::events::{MediaCompleted, MediaFailed, MediaFailure, TrackDeleted};
use kernel::{Event, EventPayload as _};
use media_worker::TranscodeCommand;
use platform::testing::TestPlatform;

use crate::support::{WORKER, stereo};
use crate::worker_kit::{OBSERVER, Worker, at_first, blobs, completed, finished, tell, temporary, until, upload, upload_known, wait};

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
