//! The worker as the operating system sees it: a service, killed without warning.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kernel::EventPayload as _;
use kernel::events::{MediaCompleted, MediaProgressed, TrackUploaded};
use object_store::ObjectStoreExt as _;
use object_store::path::Path as BlobPath;
use platform::testing::TestPlatform;
use tokio::process::{Child, Command};

use crate::support::{WORKER, stereo};

const DEADLINE: Duration = Duration::from_secs(90);

fn start(kit: &TestPlatform) -> Child {
    Command::new(WORKER)
        .env("POLYPHONY_DATA", &kit.platform.config.data)
        .env("POLYPHONY_INTERNAL_SECRET", &kit.platform.config.internal_secret)
        .env("POLYPHONY_SERVICES__MEDIA__LISTEN", "127.0.0.1:0")
        .env("POLYPHONY_MEDIA__LEASE_SECS", "2")
        .env_remove("POLYPHONY_CONFIG")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Ids of processes whose command line names `folder`.
fn processes_on(folder: &Path) -> Vec<String> {
    let needle = folder.to_str().unwrap();
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let named = entries.filter(|entry| std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(needle)));
    named.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    tokio::time::timeout(DEADLINE, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{what} never happens"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_killed_in_the_middle_finishes_after_its_restart() {
    let kit = TestPlatform::new().await;
    let platform = &kit.platform;
    let bytes = stereo(60);
    let uploaded = TrackUploaded {
        track_id: platform.ids.next(),
        upload_id: platform.ids.next(),
        uploader_id: platform.ids.next(),
        blob: "uploads/a".into(),
        file_name: "a.wav".into(),
        media_type: "audio/wav".into(),
        size_bytes: bytes.len() as u64,
        sha256: String::new(),
    };
    platform.blobs.put(&BlobPath::from("uploads/a"), bytes.into()).await.unwrap();
    platform.bus.publish(&[platform.events("catalog").wrap(&uploaded)]).await.unwrap();
    let told = async |kind| platform.bus.poll("observer", &[kind], 1000).await.unwrap();

    let mut first = start(&kit);
    until("progress", async || told(MediaProgressed::TYPE).await.len() >= 2).await;
    assert_eq!(processes_on(&platform.config.data).len(), 1, "one child decodes");
    first.kill().await.unwrap();
    until("the child's end", async || processes_on(&platform.config.data).is_empty()).await;
    assert!(told(MediaCompleted::TYPE).await.is_empty());

    let mut second = start(&kit);
    until("completion", async || !told(MediaCompleted::TYPE).await.is_empty()).await;
    let completed: MediaCompleted = told(MediaCompleted::TYPE).await[0].event.payload().unwrap().unwrap();
    assert_eq!((completed.upload_id, completed.duration_ms), (uploaded.upload_id, 60_000));
    let ladders = platform.config.data.join("blobs/ladders");
    until("the sweep", async || {
        std::fs::read_dir(platform.config.data.join("tmp/media")).unwrap().count() == 0 && std::fs::read_dir(&ladders).unwrap().count() == 1
    })
    .await;

    rustix::process::kill_process(rustix::process::Pid::from_raw(i32::try_from(second.id().unwrap()).unwrap()).unwrap(), rustix::process::Signal::TERM)
        .unwrap();
    let status = tokio::time::timeout(DEADLINE, second.wait()).await.expect("a stop takes seconds").unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(told(MediaCompleted::TYPE).await.len(), 1, "completed once");
}
