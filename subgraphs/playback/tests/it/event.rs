use kernel::events::{TrackDeleted, TrackPublished, TrackUnpublished};
use kernel::{Event, EventPayload as _, events};
use platform::consumer::HandleError;
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::{Playback, Recording};

async fn is_streamable(playback: &Playback, recording: &Recording) -> bool {
    let answer = playback.track(&playback.listener(), &recording.track_id.to_string(), "stream { url }").await;
    !answer.entity()["stream"].is_null()
}

#[tokio::test]
async fn facts_of_other_contexts_decide_what_is_streamed() {
    for platform in TestPlatform::each().await {
        let playback = Playback::on(platform).await;
        let recording = playback.recording(playback.ids().next()).await;
        let track_id = recording.track_id;
        playback.hear(&recording.completed()).await;
        assert!(!is_streamable(&playback, &recording).await);
        playback.hear(&recording.published()).await;
        assert!(is_streamable(&playback, &recording).await);
        playback.hear(&TrackUnpublished { track_id }).await;
        assert!(!is_streamable(&playback, &recording).await);
        playback.hear(&recording.published()).await;
        assert!(is_streamable(&playback, &recording).await);
        playback.hear(&TrackDeleted { track_id }).await;
        assert!(!is_streamable(&playback, &recording).await);
        playback.hear(&recording.published()).await;
        assert!(!is_streamable(&playback, &recording).await, "its ladder is gone");
    }
}

#[tokio::test]
async fn an_event_that_comes_again_is_not_acted_on_again() {
    let playback = Playback::start().await;
    let recording = playback.published().await;
    let track_id = recording.track_id;
    let withdrawn = playback.events.wrap(&TrackUnpublished { track_id });
    playback.consumer().dispatch(&withdrawn).await.unwrap();
    playback.hear(&recording.published()).await;
    playback.consumer().dispatch(&withdrawn).await.unwrap();
    assert!(is_streamable(&playback, &recording).await);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_not_tried_again() {
    let playback = Playback::start().await;
    let fact = playback.events.wrap(&TrackPublished { track_id: playback.ids().next(), upload_id: playback.ids().next() });
    for kind in playback::EVENTS_IN {
        let event = Event { r#type: kind.into(), data: json!({ "nonsense": true }), ..fact.clone() };
        let outcome = playback.consumer().dispatch(&event).await;
        assert!(matches!(outcome, Err(HandleError::Permanent(_))), "{kind}: {outcome:?}");
    }
    let foreign = Event { r#type: events::TrackCreated::TYPE.into(), data: json!({}), ..fact };
    playback.consumer().dispatch(&foreign).await.expect("another type's event is left alone");
}

#[tokio::test]
async fn the_handlers_want_what_the_context_says() {
    let playback = Playback::start().await;
    let mut wanted: Vec<_> = playback.context.handlers.iter().flat_map(|handler| handler.types()).copied().collect();
    let mut told = playback::EVENTS_IN.to_vec();
    wanted.sort_unstable();
    told.sort_unstable();
    assert_eq!(wanted, told);
}
