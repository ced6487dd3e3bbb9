//! What answers tell developers: deprecated parts that an operation uses, its plan and its timing.

use platform::config::{Audience, DiagnosticsConfig, GatewayConfig};
use serde_json::{Value, json};

use crate::app::{App, Reach, unshared};

async fn app(deprecations: Audience, trace: Audience) -> App {
    let diagnostics = DiagnosticsConfig { deprecations: Some(deprecations), trace: Some(trace) };
    App::start_with(Reach::InProcess, GatewayConfig { diagnostics, ..unshared() }).await
}

fn coordinates(answer: &Value) -> Vec<&str> {
    let told = answer["extensions"]["deprecations"].as_array();
    told.into_iter().flatten().map(|part| part["coordinate"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn deprecated_fields_arguments_and_values_are_told_with_their_reason() {
    let app = app(Audience::Everyone, Audience::Nobody).await;
    let answer = app.query("{ tracks(first: 1, order: RANDOM) { ...Parts } } fragment Parts on Track { alias: name title }").await;
    assert_eq!(
        answer["extensions"],
        json!({ "deprecations": [
            { "coordinate": "Order.RANDOM", "reason": "nobody wants surprises" },
            { "coordinate": "Query.tracks(order:)", "reason": "there is one order" },
            { "coordinate": "Track.name", "reason": "use title" },
        ] })
    );
    assert_eq!(answer["data"]["tracks"][0]["title"], "title of 0");
    // Nothing to tell: nothing told.
    assert_eq!(app.query("{ tracks(first: 1, orders: [TITLE]) { title } }").await.get("extensions"), None);
    assert_eq!(coordinates(&app.query("{ tracks(first: 1, orders: [TITLE, RANDOM]) { title } }").await), ["Order.RANDOM"]);
    // Only of the operation that runs.
    let two = json!({ "query": "query A { track(id: 1) { title } } query B { track(id: 1) { name } }", "operationName": "A" });
    assert_eq!(coordinates(&app.send(two, None).await), Vec::<&str>::new());
}

#[tokio::test]
async fn variables_count_by_their_value_though_the_operation_is_cached() {
    let app = app(Audience::Everyone, Audience::Nobody).await;
    let ask = async |orders: Value| {
        app.send(json!({ "query": "query($o: [Order!]) { tracks(first: 1, orders: $o) { title } }", "variables": { "o": orders } }), None).await
    };
    assert_eq!(coordinates(&ask(json!(["TITLE"])).await), Vec::<&str>::new());
    assert_eq!(coordinates(&ask(json!(["TITLE", "RANDOM"])).await), ["Order.RANDOM"]);
    assert_eq!(coordinates(&ask(json!("RANDOM")).await), ["Order.RANDOM"]);
    let rename = json!({ "query": "mutation($i: RenameInput!) { rename(input: $i) { name } }", "variables": { "i": { "name": "a", "nickname": "b" } } });
    assert_eq!(coordinates(&app.send(rename, Some(&app.token())).await), ["RenameInput.nickname"]);
}

#[tokio::test]
async fn deprecations_are_for_their_audience() {
    let app = app(Audience::Admins, Audience::Nobody).await;
    let query = "{ track(id: 1) { name } }";
    assert_eq!(app.query_as(&app.token(), query).await.get("extensions"), None);
    assert_eq!(coordinates(&app.query_as(&app.admin_token(), query).await), ["Track.name"]);
}

async fn traced(app: &App, token: Option<&str>, query: &str) -> Value {
    let mut request = app.client.post(app.url()).header("x-polyphony-trace", "1").json(&json!({ "query": query }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn plan_and_timing_come_with_the_answer_when_asked_for() {
    let app = app(Audience::Nobody, Audience::Everyone).await;
    let query = "{ tracks(first: 2) { title plays owner { name } } total }";
    for _ in 0..2 {
        let answer = traced(&app, None, query).await;
        assert_eq!(answer["data"]["total"], 42, "{answer}");
        let extensions = &answer["extensions"];
        assert_eq!(extensions["plan"]["kind"], "QueryPlan", "{answer}");
        let plan = extensions["plan"].to_string();
        assert!(["accounts", "library", "plays"].iter().all(|subgraph| plan.contains(subgraph)), "{plan}");
        let timing = &extensions["timing"];
        let mut fetched: Vec<_> = timing["fetches"].as_array().unwrap().iter().map(|fetch| fetch["subgraph"].as_str().unwrap()).collect();
        fetched.sort_unstable();
        assert_eq!(fetched, ["accounts", "library", "plays", "plays"]);
        assert!(timing["fetches"].as_array().unwrap().iter().all(|fetch| fetch["startMs"].is_f64() && fetch["durationMs"].is_f64()), "{timing}");
        let mut stages: Vec<_> = timing["stagesMs"].as_object().unwrap().keys().collect();
        stages.sort_unstable();
        assert_eq!(stages, ["execute", "plan", "prepare"]);
        // Every stage is a part of the whole.
        let sum: f64 = timing["stagesMs"].as_object().unwrap().values().map(|ms| ms.as_f64().unwrap()).sum();
        assert!(sum <= timing["totalMs"].as_f64().unwrap() + 0.01, "{timing}");
    }
    assert_eq!(app.query(query).await.get("extensions"), None);
}

#[tokio::test]
async fn plans_are_for_their_audience() {
    let app = app(Audience::Nobody, Audience::Admins).await;
    let user = app.token();
    for token in [None, Some(user.as_str())] {
        assert_eq!(traced(&app, token, "{ total }").await, json!({ "data": { "total": 42 } }));
    }
    let answer = traced(&app, Some(&app.admin_token()), "{ total }").await;
    assert_eq!((&answer["data"]["total"], &answer["extensions"]["timing"]["fetches"][0]["subgraph"]), (&json!(42), &json!("plays")));
}
