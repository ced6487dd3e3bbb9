//! Whole workers on a platform of their own, and what is sent to them and heard from them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use futures::TryStreamExt as _;
use kernel::events::{MediaCompleted, MediaFailed, MediaProgressed, TrackUploaded};
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

use crate::support::WORKER;

pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
pub(crate) const OBSERVER: &str = "observer";

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
    pub(crate) blob: BlobPath,
}

pub(crate) async fn upload(kit: &TestPlatform, bytes: Vec<u8>) -> Upload {
    upload_known(kit, bytes, "").await
}

/// An upload whose hash the catalog tells.
pub(crate) async fn upload_known(kit: &TestPlatform, bytes: Vec<u8>, sha256: &str) -> Upload {
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

pub(crate) async fn tell<P: EventPayload>(kit: &TestPlatform, payload: &P) {
    kit.platform.bus.publish(&[kit.platform.events("catalog").wrap(payload)]).await.unwrap();
}

/// Waits for the first event that `wanted` takes, moving the clock on with `advance` between looks.
pub(crate) async fn wait<T>(kit: &TestPlatform, advance: Duration, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
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

pub(crate) async fn completed(kit: &TestPlatform, advance: Duration) -> MediaCompleted {
    wait(kit, advance, |event| event.payload().map(Result::unwrap)).await
}

pub(crate) async fn blobs(kit: &TestPlatform, prefix: &str) -> Vec<String> {
    let mut found: Vec<String> = kit.platform.blobs.list(Some(&BlobPath::from(prefix))).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
    found.sort();
    found
}

pub(crate) async fn until<F: Future<Output = bool>>(mut condition: impl FnMut() -> F) {
    tokio::time::timeout(DEADLINE, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("the condition comes true");
}

pub(crate) fn temporary(kit: &TestPlatform) -> Vec<PathBuf> {
    std::fs::read_dir(kit.platform.config.data.join("tmp/media")).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

pub(crate) async fn finished(kit: &TestPlatform) -> Vec<TrackId> {
    let told = kit.platform.bus.poll(OBSERVER, &[MediaCompleted::TYPE], 100).await.unwrap();
    told.iter().map(|delivery| delivery.event.payload::<MediaCompleted>().unwrap().unwrap().track_id).collect()
}
