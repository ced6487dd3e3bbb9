//! Another model: the whole catalogue is heard once more, through the death of a worker.

use std::sync::Arc;
use std::time::Duration;

use kernel::EventPayload as _;
use kernel::events::{EmbeddingModel, MediaCompleted, MediaEmbedded, MediaFailed};
use platform::Platform;
use platform::config::{Config, EmbedderConfig, InputShape};
use platform::testing::TestPlatform;

use crate::embedder::{config, model, written};
use crate::support::{noise, stereo};
use crate::worker_kit::{Worker, at_first, healthy, upload};

const DEADLINE: Duration = Duration::from_secs(60);

/// The same installation with a learned model.
fn with_model(kit: &TestPlatform) -> Platform {
    let file = written(&kit.platform.config.data, &model(&[Some(1), Some(96), Some(64)], &[1], 64));
    let mut changed = Config::clone(&kit.platform.config);
    changed.media.embedder = EmbedderConfig::Onnx(config(file, InputShape::Patches));
    Platform { config: Arc::new(changed), ..kit.platform.clone() }
}

/// Looks until `look` sees what it wants, moving the clock on between.
async fn until<T>(kit: &TestPlatform, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            kit.clock.advance(chrono::TimeDelta::milliseconds(200));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.expect("it comes to pass")
}

#[tokio::test]
async fn the_catalogue_is_heard_by_another_model_though_a_worker_dies() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, healthy()).await;
    let mut tracks = Vec::new();
    for sound in [stereo(2), noise(1), stereo(1)] {
        tracks.push(upload(&kit, sound).await.track_id);
    }
    until(&kit, async || (kit.platform.bus.poll("uploader", &[MediaCompleted::TYPE], 100).await.unwrap().len() == 3).then_some(())).await;
    worker.stop().await;

    let platform = with_model(&kit);
    let rebuild = media_worker::embeddings(&platform).await.unwrap();
    assert_eq!(rebuild.space, "tiny-v3-8");
    assert_eq!((rebuild.run().await.unwrap(), rebuild.run().await.unwrap()), (3, 0));
    let doomed = Worker::on(&platform, at_first(&kit, "sleep 1000")).await;
    until(&kit, async || (rebuild.state().await.unwrap().running == 1).then_some(())).await;
    doomed.die().await;
    let heir = Worker::on(&platform, healthy()).await;
    let mut told: Vec<MediaEmbedded> = until(&kit, async || {
        let told = kit.platform.bus.poll("hearer", &[MediaEmbedded::TYPE, MediaFailed::TYPE], 100).await.unwrap();
        (told.len() == 3).then(|| told.iter().map(|one| one.event.payload().expect("nothing fails").unwrap()).collect())
    })
    .await;
    heir.stop().await;
    told.sort_by_key(|one| tracks.iter().position(|track| *track == one.track_id));
    assert_eq!(told.iter().map(|one| one.track_id).collect::<Vec<_>>(), tracks);
    for one in &told {
        assert_eq!(one.model, EmbeddingModel { id: "tiny".into(), version: 3, dim: 8 });
        assert_eq!(one.vector.as_ref().map(Vec::len), Some(8));
    }
    let state = rebuild.state().await.unwrap();
    assert_eq!((state.done, state.waiting, state.running, state.failed), (3, 0, 0, 0));
    assert_eq!(rebuild.run().await.unwrap(), 0, "everything was heard");
}
