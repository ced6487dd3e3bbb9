//! Another model hears the catalogue, as an admin sees it.

use std::path::Path;

use cucumber::{then, when};
use platform::config::InputShape;
use serde_json::{Value, json};
use tests::eventually;

use crate::journey::Journey;
use crate::tiny_model;

const SPACES: &str = "{ embeddingSpaces { name answers heard missing failed percent } }";
const REBUILD: &str = "{ embeddingRebuild { id beganAt uploads space { name percent } } }";

/// The settings of a learned model whose file is in `folder`, as its operator writes them.
fn settings(folder: &Path) -> Value {
    let file = tiny_model::written(folder, &tiny_model::model(&[Some(1), Some(96), Some(64)], &[1], 64));
    serde_json::to_value(tiny_model::config(file, InputShape::Patches)).expect("settings are JSON")
}

#[when("Polyphony is started again with another model")]
async fn another_model(journey: &mut Journey) {
    journey.polyphony.take().expect("Polyphony is running").stop().await;
    let settings = settings(&journey.installation.scratch());
    journey.installation.set("MEDIA__EMBEDDER__KIND", "onnx");
    for (key, value) in settings.as_object().expect("keys") {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        journey.installation.set(&format!("MEDIA__EMBEDDER__{}", key.to_uppercase()), &text);
    }
    journey.polyphony = Some(journey.installation.up().await);
    // It listens elsewhere now; whoever was signed in still is.
    let url = journey.polyphony().url().to_owned();
    for person in journey.people.values_mut() {
        *person = person.at(&url);
    }
}

#[when(expr = "{word} asks for the embeddings to be rebuilt")]
async fn rebuild(journey: &mut Journey, name: String) {
    let asked = journey.person(&name).ask("mutation { rebuildEmbeddings { id requestedAt space { name } } }", Value::Null).await;
    assert!(asked["rebuildEmbeddings"]["requestedAt"].is_string(), "{asked:#}");
}

#[then(expr = "{word} soon sees that {int} uploads were to be heard by {string}, and that it answers")]
async fn rebuilt(journey: &mut Journey, name: String, uploads: i64, space: String) {
    let admin = journey.person(&name);
    eventually("the rebuild has begun", async || {
        let rebuild = admin.ask(REBUILD, Value::Null).await["embeddingRebuild"].take();
        (rebuild["beganAt"].is_string() && rebuild["uploads"] == uploads && rebuild["space"]["name"] == space.as_str()).then_some(())
    })
    .await;
    // The keeper of the index looks every half minute.
    tests::eventually_within(std::time::Duration::from_secs(90), "the other model answers", async || {
        let spaces = admin.ask(SPACES, Value::Null).await["embeddingSpaces"].take();
        let other = spaces.as_array().expect("spaces").iter().find(|one| one["name"] == space.as_str()).cloned()?;
        (other == json!({ "name": space, "answers": true, "heard": uploads, "missing": 0, "failed": 0, "percent": 100 })).then_some(())
    })
    .await;
}

#[then(expr = "{word} finds {string} similar to {string}")]
async fn similar(journey: &mut Journey, name: String, other: String, title: String) {
    let similar = "query($id: ID!) { track(id: $id) { similar(first: 5) { track { title } similarity } } }";
    eventually("they are similar", async || {
        let found = journey.person(&name).ask(similar, json!({ "id": journey.track(&title) })).await["track"]["similar"].take();
        found.as_array().expect("a list").iter().any(|one| one["track"]["title"] == other.as_str()).then_some(())
    })
    .await;
}

#[then(expr = "{word} soon reads in the audit that {word} did {word}")]
async fn audited(journey: &mut Journey, reader: String, admin: String, action: String) {
    let trail = "query($id: ID!) { auditTrail(userId: $id, first: 1) { nodes { action actor { username } } } }";
    let id = journey.person(&admin).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"].take();
    eventually("it is in the audit", async || {
        let line = journey.person(&reader).ask(trail, json!({ "id": id })).await["auditTrail"]["nodes"][0].take();
        (line["action"] == action.as_str() && line["actor"]["username"] == admin.to_lowercase()).then_some(())
    })
    .await;
}
