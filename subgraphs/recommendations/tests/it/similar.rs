//! What sounds alike: the way from the media worker's facts to a listener's question.

use std::sync::Arc;

use kernel::Viewer;
use kernel::events::{Embedding, EmbeddingModel, MediaAnalysis, MediaCompleted, TrackDeleted, TrackPublished, TrackUnpublished};
use kernel::id::{TrackId, UploadId};
use platform::testing::TestPlatform;
use recommendations::application::fill_index::FillIndex;
use recommendations::application::ports::EmbeddingIndex;
use recommendations::domain::track_vector::Space;
use recommendations::infrastructure::track_vector_repository::SqlTrackVectorRepository;
use serde_json::{Value as Json, json};

use crate::exact::FakeEmbeddingIndex;
use crate::support::{Recommendations, code};

pub(crate) fn model(version: u32) -> EmbeddingModel {
    EmbeddingModel { id: "test".into(), version, dim: 3 }
}

/// The unit vector at `degrees` from the first axis.
pub(crate) fn at(degrees: f32) -> Vec<f32> {
    vec![degrees.to_radians().cos(), degrees.to_radians().sin(), 0.0]
}

#[tokio::test]
async fn a_new_process_finds_what_the_tables_hold() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let (first, second) = (published(&recommendations, 0.0).await, published(&recommendations, 20.0).await);
        processed(&recommendations, 1.0).await;
        let database = recommendations.context.databases[0].clone();
        let (vectors, index) = (Arc::new(SqlTrackVectorRepository::new(database)), Arc::new(FakeEmbeddingIndex::default()));
        let fill = FillIndex { vectors, index: index.clone() };
        assert_eq!(fill.run().await.expect("filled"), 2, "what is not published is not put");
        assert_eq!(fill.run().await.expect("filled"), 0, "again there is nothing to do");
        let found = index.nearest(&Space::of(&model(1)), &at(0.0), 10).await.expect("an answer");
        assert_eq!(found.iter().map(|neighbour| neighbour.track_id).collect::<Vec<_>>(), [first, second]);
    }
}

pub(crate) struct Sound {
    pub(crate) track_id: TrackId,
    pub(crate) upload_id: UploadId,
}

pub(crate) async fn processed(recommendations: &Recommendations, degrees: f32) -> Sound {
    let ids = &recommendations.platform.platform.ids;
    let sound = Sound { track_id: ids.next(), upload_id: ids.next() };
    let completed = MediaCompleted {
        track_id: sound.track_id,
        upload_id: sound.upload_id,
        ladder_id: ids.next(),
        prefix: "ladders/x".into(),
        duration_ms: 1000,
        sample_rate_hz: 44_100,
        channels: 2,
        loudness_lufs: None,
        true_peak_dbtp: None,
        renditions: Vec::new(),
        lossless: Vec::new(),
        dash: false,
        downloads: Vec::new(),
        log: Vec::new(),
        analysis: MediaAnalysis { embedding: Some(Embedding { model: model(1), vector: at(degrees) }), ..MediaAnalysis::default() },
    };
    recommendations.hear(&completed).await;
    sound
}

pub(crate) async fn published(recommendations: &Recommendations, degrees: f32) -> TrackId {
    let Sound { track_id, upload_id } = processed(recommendations, degrees).await;
    recommendations.hear(&TrackPublished { track_id, upload_id }).await;
    track_id
}

const SIMILAR: &str = "query($references: [_Any!]!, $first: Int!) { _entities(representations: $references) { ... on Track { similar(first: $first) { track { id } similarity } } } }";

pub(crate) async fn similar(recommendations: &Recommendations, track_id: TrackId) -> Vec<String> {
    let variables = json!({ "references": [{ "__typename": "Track", "id": track_id.to_string() }], "first": 10 });
    let answer = recommendations.ask(&Viewer::Anonymous, SIMILAR, variables).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let found = answer.data.into_json().expect("JSON")["_entities"][0]["similar"].take();
    found.as_array().expect("a list").iter().map(|one: &Json| one["track"]["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn published_tracks_alone_are_similar_on_every_store() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let (first, second, third) = (published(&recommendations, 0.0).await, published(&recommendations, 20.0).await, published(&recommendations, 5.0).await);
        let draft = processed(&recommendations, 1.0).await;
        assert_eq!(similar(&recommendations, first).await, [third.to_string(), second.to_string()]);
        assert_eq!(similar(&recommendations, draft.track_id).await, [""; 0], "a draft is like nothing");
        recommendations.hear(&TrackPublished { track_id: draft.track_id, upload_id: draft.upload_id }).await;
        recommendations.hear(&TrackUnpublished { track_id: third }).await;
        assert_eq!(similar(&recommendations, first).await, [draft.track_id.to_string(), second.to_string()]);
        recommendations.hear(&TrackDeleted { track_id: second }).await;
        assert_eq!(similar(&recommendations, first).await, [draft.track_id.to_string()]);
    }
}

#[tokio::test]
async fn facts_may_come_in_any_order() {
    let recommendations = Recommendations::on(TestPlatform::new().await).await;
    let ids = &recommendations.platform.platform.ids;
    let (track_id, upload_id) = (ids.next(), ids.next());
    recommendations.hear(&TrackPublished { track_id, upload_id }).await;
    assert_eq!(similar(&recommendations, track_id).await, [""; 0]);
    published(&recommendations, 3.0).await;
    assert_eq!(similar(&recommendations, track_id).await, [""; 0], "its sound is not known yet");
}

#[tokio::test]
async fn an_impossible_number_is_refused() {
    let recommendations = Recommendations::on(TestPlatform::new().await).await;
    let track_id = published(&recommendations, 0.0).await;
    for first in [0, -1, 51] {
        let variables = json!({ "references": [{ "__typename": "Track", "id": track_id.to_string() }], "first": first });
        let answer = recommendations.ask(&Viewer::Anonymous, SIMILAR, variables).await;
        assert!(code(&answer).is_some_and(|code| code.contains("BAD_USER_INPUT")), "{first}: {:?}", answer.errors);
    }
}
