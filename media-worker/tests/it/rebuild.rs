//! Another model: the whole catalogue is heard once more, through the death of a worker.

use std::sync::Arc;
use std::time::Duration;

use kernel::EventPayload;
use kernel::events::{EmbeddingModel, EmbeddingsRebuildBegan, EmbeddingsRebuildRequested, MediaCompleted, MediaEmbedded, MediaFailed, MediaUnheard};
use platform::Platform;
use platform::config::{Config, EmbedderConfig, InputShape};
use platform::testing::TestPlatform;

use crate::support::{noise, stereo};
use crate::tiny_model::{config, model, written};
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

#[tokio::test]
async fn an_admin_s_wish_is_met_and_what_cannot_be_heard_is_told_and_heard_once_it_is_retried() {
    let kit = TestPlatform::new().await;
    let worker = Worker::start(&kit, healthy()).await;
    let sound = upload(&kit, stereo(1)).await;
    until(&kit, async || (kit.platform.bus.poll("uploader", &[MediaCompleted::TYPE], 100).await.unwrap().len() == 1).then_some(())).await;
    worker.stop().await;

    let mut platform = with_model(&kit);
    let mut changed = Config::clone(&platform.config);
    changed.media.max_attempts = 1;
    platform.config = Arc::new(changed);
    let worker = Worker::on(&platform, at_first(&kit, "exit 7")).await;
    let rebuild_id = platform.ids.next();
    let wish = EmbeddingsRebuildRequested { rebuild_id, requested_by: platform.ids.next() };
    platform.bus.publish(&[platform.events("recommendations").wrap(&wish)]).await.unwrap();
    let began: EmbeddingsRebuildBegan = first_of(&kit).await;
    assert_eq!((began.rebuild_id, began.uploads), (rebuild_id, 1));
    assert_eq!(began.model, EmbeddingModel { id: "tiny".into(), version: 3, dim: 8 });
    let dead: MediaUnheard = first_of(&kit).await;
    assert_eq!((dead.track_id, &dead.model), (sound.track_id, &began.model));
    let operator = media_worker::operator(&platform).await.unwrap();
    assert_eq!(operator.dead(9).await.unwrap().iter().map(|job| job.id).collect::<Vec<_>>(), [dead.job_id]);
    assert_eq!(kit.platform.bus.poll("none", &[MediaFailed::TYPE], 100).await.unwrap().len(), 0, "its ladder is none the worse for it");

    operator.retry(dead.job_id).await.unwrap();
    let heard: MediaEmbedded = first_of(&kit).await;
    assert_eq!(heard.track_id, sound.track_id);
    worker.stop().await;
}

/// The first fact of its type that is told.
async fn first_of<P: EventPayload>(kit: &TestPlatform) -> P {
    until(kit, async || {
        let told = kit.platform.bus.poll(P::TYPE, &[P::TYPE], 1).await.unwrap();
        told.first().map(|one| one.event.payload().expect("of the type").unwrap())
    })
    .await
}
