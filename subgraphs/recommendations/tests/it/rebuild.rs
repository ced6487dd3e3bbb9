//! The catalogue is heard by another model, as admins see it.

use kernel::events::{EmbeddingModel, EmbeddingsAccepted, EmbeddingsRebuildBegan, EmbeddingsRebuildRequested, MediaEmbedded, MediaUnheard, TrackPublished};
use kernel::id::{TrackId, UploadId};
use kernel::{Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value, json};

use crate::similar::{at, model};
use crate::support::{Recommendations, code};

const REBUILD: &str = "mutation { rebuildEmbeddings { id requestedAt beganAt uploads space { name } } }";
const ACCEPT: &str = "mutation($name: String!) { acceptEmbeddingSpace(name: $name) { name answers heard missing failed percent } }";
const SEEN: &str = "{ embeddingSpaces { name answers heard missing failed percent } embeddingRebuild { id uploads space { name percent missing } } }";
const FAILURES: &str = "query($first: Int!) { embeddingSpaces { failures(first: $first) { track { id } jobId reason failedAt } } }";

async fn admin(recommendations: &Recommendations) -> Viewer {
    recommendations.viewer(recommendations.user(), Role::Admin)
}

async fn answer(recommendations: &Recommendations, viewer: &Viewer, query: &str, variables: Value) -> Value {
    let answer = recommendations.ask(viewer, query, variables).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.into_json().expect("JSON")
}

/// Published, and heard by the model before.
async fn published(recommendations: &Recommendations) -> (TrackId, UploadId) {
    let ids = &recommendations.platform.platform.ids;
    let (track_id, upload_id) = (ids.next(), ids.next());
    recommendations.hear(&TrackPublished { track_id, upload_id }).await;
    heard(recommendations, (track_id, upload_id), model(1)).await;
    (track_id, upload_id)
}

async fn heard(recommendations: &Recommendations, (track_id, upload_id): (TrackId, UploadId), model: EmbeddingModel) {
    recommendations.hear(&MediaEmbedded { track_id, upload_id, model, vector: Some(at(0.0)) }).await;
}

async fn failed(recommendations: &Recommendations, (track_id, upload_id): (TrackId, UploadId)) -> MediaUnheard {
    let told = MediaUnheard { track_id, upload_id, model: model(2), job_id: recommendations.platform.platform.ids.next(), reason: "Our fault.".into() };
    recommendations.hear(&told).await;
    told
}

#[tokio::test]
async fn an_admin_asks_for_a_rebuild_sees_how_far_it_is_and_goes_on_without_what_failed_on_every_store() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let adapter = recommendations.platform.adapter;
        let admin = admin(&recommendations).await;
        let (first, second, third) = (published(&recommendations).await, published(&recommendations).await, published(&recommendations).await);
        let asked = answer(&recommendations, &admin, REBUILD, json!({})).await["rebuildEmbeddings"].take();
        assert_eq!((&asked["beganAt"], &asked["uploads"], &asked["space"]), (&Value::Null, &Value::Null, &Value::Null), "{adapter}");
        let told = recommendations.told::<EmbeddingsRebuildRequested>().await;
        assert_eq!((json!(told[0].rebuild_id), Some(told[0].requested_by)), (asked["id"].clone(), admin.user_id()));

        recommendations.hear(&EmbeddingsRebuildBegan { rebuild_id: told[0].rebuild_id, model: model(2), uploads: 3 }).await;
        let space = format!("{}-v2-{}", model(2).id, model(2).dim);
        let seen = answer(&recommendations, &admin, SEEN, json!({})).await;
        let rebuild = json!({ "id": asked["id"], "uploads": 3, "space": { "name": space, "percent": 0, "missing": 3 } });
        assert_eq!(seen["embeddingRebuild"], rebuild, "{adapter}: it is told before anything was heard");
        assert_eq!(seen["embeddingSpaces"].as_array().map(Vec::len), Some(1));

        recommendations.platform.clock.advance(chrono::Duration::seconds(1));
        heard(&recommendations, first, model(2)).await;
        let dead = failed(&recommendations, third).await;
        let refused = recommendations.ask(&admin, ACCEPT, json!({ "name": space })).await;
        assert_eq!(code(&refused).as_deref(), Some("String(\"CONFLICT\")"), "one is still to be heard: {refused:?}");
        heard(&recommendations, second, model(2)).await;
        let seen = answer(&recommendations, &admin, SEEN, json!({})).await["embeddingSpaces"][1].take();
        assert_eq!(seen, json!({ "name": space, "answers": false, "heard": 2, "missing": 1, "failed": 1, "percent": 66 }), "{adapter}");
        let named = answer(&recommendations, &admin, FAILURES, json!({ "first": 5 })).await["embeddingSpaces"][1]["failures"][0].take();
        assert_eq!((&named["track"]["id"], &named["jobId"], &named["reason"]), (&json!(third.0), &json!(dead.job_id), &json!("Our fault.")));

        let accepted = answer(&recommendations, &admin, ACCEPT, json!({ "name": space })).await["acceptEmbeddingSpace"].take();
        assert_eq!(accepted, json!({ "name": space, "answers": true, "heard": 2, "missing": 0, "failed": 0, "percent": 100 }), "{adapter}");
        let told = recommendations.told::<EmbeddingsAccepted>().await;
        assert_eq!((told.len(), &told[0].space, Some(told[0].accepted_by), told[0].left_out), (1, &space, admin.user_id(), 1));
        let again = answer(&recommendations, &admin, ACCEPT, json!({ "name": space })).await["acceptEmbeddingSpace"].take();
        assert_eq!(again["answers"], true);
        assert_eq!(recommendations.told::<EmbeddingsAccepted>().await.len(), 1, "what answers needs no consent");
        // Its job is tried again, and this time it is heard.
        heard(&recommendations, third, model(2)).await;
        let seen = answer(&recommendations, &admin, SEEN, json!({})).await["embeddingSpaces"].take();
        let new = seen.as_array().expect("spaces").iter().find(|one| one["name"] == space.as_str()).expect("the new one");
        assert_eq!((&new["heard"], &new["failed"]), (&json!(3), &json!(0)), "{adapter}");
    }
}

#[tokio::test]
async fn a_rebuild_asked_for_again_forgets_what_had_failed_and_what_was_accepted() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let admin = admin(&recommendations).await;
        let (first, second) = (published(&recommendations).await, published(&recommendations).await);
        heard(&recommendations, first, model(2)).await;
        failed(&recommendations, second).await;
        recommendations.platform.clock.advance(chrono::Duration::seconds(1));
        answer(&recommendations, &admin, REBUILD, json!({})).await;
        let rebuild_id = recommendations.told::<EmbeddingsRebuildRequested>().await[0].rebuild_id;
        recommendations.hear(&EmbeddingsRebuildBegan { rebuild_id, model: model(2), uploads: 2 }).await;
        let seen = answer(&recommendations, &admin, SEEN, json!({})).await["embeddingSpaces"][1].take();
        assert_eq!((&seen["missing"], &seen["failed"]), (&json!(1), &json!(0)), "{}: it is tried again", recommendations.platform.adapter);
    }
}

#[tokio::test]
async fn nobody_but_admins_and_nothing_but_what_can_answer() {
    let recommendations = Recommendations::on(TestPlatform::new().await).await;
    let admin = admin(&recommendations).await;
    let artist = recommendations.viewer(recommendations.user(), Role::Artist);
    for query in [REBUILD, "{ embeddingSpaces { name } }", "{ embeddingRebuild { id } }", "mutation { acceptEmbeddingSpace(name: \"a-v1-2\") { name } }"] {
        for (viewer, expected) in [(&Viewer::Anonymous, "UNAUTHENTICATED"), (&artist, "FORBIDDEN")] {
            let refused = recommendations.ask(viewer, query, json!({})).await;
            assert_eq!(code(&refused), Some(format!("String(\"{expected}\")")), "{query}");
        }
    }
    assert_eq!(recommendations.told::<EmbeddingsRebuildRequested>().await.len(), 0);
    for name in ["", "nothing", "signal-v9-3", "../x"] {
        let refused = recommendations.ask(&admin, ACCEPT, json!({ "name": name })).await;
        assert_eq!(code(&refused).as_deref(), Some("String(\"NOT_FOUND\")"), "{name}");
    }
    let only = published(&recommendations).await;
    failed(&recommendations, only).await;
    // Nothing published is known there: a model that fails at everything cannot be accepted.
    let ids = &recommendations.platform.platform.ids;
    heard(&recommendations, (ids.next(), ids.next()), model(2)).await;
    let refused = recommendations.ask(&admin, ACCEPT, json!({ "name": format!("{}-v2-{}", model(2).id, model(2).dim) })).await;
    assert_eq!(code(&refused).as_deref(), Some("String(\"CONFLICT\")"), "{refused:?}");
    for first in [0, -1, 101] {
        let refused = recommendations.ask(&admin, FAILURES, json!({ "first": first })).await;
        assert_eq!(code(&refused).as_deref(), Some("String(\"BAD_USER_INPUT\")"), "{first}");
    }
}
