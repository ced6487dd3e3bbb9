//! What a failing subgraph costs.

use gateway::SubgraphTarget;
use serde_json::{Value, json};

use crate::app::{App, Reach, code, config};

/// The paths of all errors, in order.
fn paths(answer: &Value) -> Vec<Value> {
    let mut paths: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    paths.sort_by_key(Value::to_string);
    paths
}

#[tokio::test]
async fn each_error_of_a_join_names_its_item_by_the_clients_own_names() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let answer = app.query("{ all: tracks(first: 4) { title half: evens } }").await;
        assert_eq!(answer["data"]["all"][2], json!({ "title": "title of 2", "half": 2 }), "{answer}");
        assert_eq!(answer["data"]["all"][3], json!({ "title": "title of 3", "half": null }), "{answer}");
        assert_eq!(paths(&answer), [json!(["all", 1, "half"]), json!(["all", 3, "half"])], "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    }
}

#[tokio::test]
async fn an_entity_that_fails_as_a_whole_costs_itself_alone() {
    let app = App::start().await;
    let answer = app.query("{ tracks(first: 3) { title plays } odd: track(id: \"1\") { mustBeEven } even: track(id: \"2\") { mustBeEven } }").await;
    assert_eq!(answer["data"]["tracks"][1], json!({ "title": "title of 1", "plays": 1 }), "{answer}");
    assert_eq!((&answer["data"]["odd"], &answer["data"]["even"]), (&json!(null), &json!({ "mustBeEven": 2 })), "{answer}");
    assert_eq!(paths(&answer), [json!(["odd", "mustBeEven"])], "{answer}");
}

#[tokio::test]
async fn a_subgraph_that_does_not_answer_is_an_error_at_each_place_it_was_to_fill() {
    let nobody = SubgraphTarget::http("http://127.0.0.1:1/graphql").unwrap();
    let app = App::start_over(Reach::InProcess, config(), Some(("plays", nobody))).await;
    let query = "query($with: Boolean!) { total all: tracks(first: 2) { title ...Rest } one: track(id: \"a\") { sum: plays } } \
                 fragment Rest on Track { count: plays evens @include(if: $with) }";
    let answer = app.send(json!({ "query": query, "variables": { "with": false } }), None).await;
    assert_eq!(answer["data"]["all"], Value::Null, "total cannot be null: {answer}");
    let answer = app.send(json!({ "query": query.replace("total", ""), "variables": { "with": false } }), None).await;
    assert_eq!(answer["data"]["all"][1], json!({ "title": "title of 1", "count": null }), "{answer}");
    assert_eq!(paths(&answer), [json!(["all", 0, "count"]), json!(["all", 1, "count"]), json!(["one", "sum"])], "{answer}");
    assert!(answer["errors"].as_array().unwrap().iter().all(|error| error["extensions"]["code"] == "UNAVAILABLE"), "{answer}");
    let answer = app.send(json!({ "query": query.replace("total", ""), "variables": { "with": true } }), None).await;
    assert_eq!(paths(&answer)[1], json!(["all", 0, "evens"]), "{answer}");

    let answer = app.query("{ sum: total }").await;
    assert_eq!(paths(&answer), [json!(["sum"])], "{answer}");
    // Enough to be understood, and no more.
    let answer = app.query("{ tracks(first: 500) { plays } }").await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_panic_costs_its_fields_and_nothing_else() {
    let app = App::start().await;
    for _ in 0..2 {
        let answer = app.query("{ track(id: \"a\") { title panics owner { name } } total }").await;
        assert_eq!(
            answer["data"],
            json!({ "track": { "title": "title of a", "panics": null, "owner": { "name": "name of owner-a" } }, "total": 42 }),
            "{answer}"
        );
        assert_eq!((&answer["errors"][0]["path"], code(&answer)), (&json!(["track", "panics"]), "INTERNAL"));
        assert_eq!(answer["errors"][0]["message"], "something went wrong on our side");
    }
}

#[tokio::test]
async fn unforeseen_errors_leak_nothing_and_foreseen_ones_keep_code_field_and_path() {
    let app = App::start().await;
    let answer = app.query("{ tracks(first: 2) { fails } }").await;
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
    assert_eq!(answer["errors"][1]["extensions"]["code"], "INTERNAL", "{answer}");
    assert_eq!(paths(&answer), [json!(["tracks", 0, "fails"]), json!(["tracks", 1, "fails"])]);

    let answer = app.query("{ track(id: \"a\") { conflicts } }").await;
    assert_eq!(answer["errors"], json!([{ "message": "too late", "path": ["track", "conflicts"], "extensions": { "code": "CONFLICT", "field": "plays" } }]));
}

#[tokio::test]
async fn a_slow_subgraph_is_given_up() {
    let mut config = config();
    config.subgraphs.timeout_ms = 50;
    let app = App::start_with(Reach::InProcess, config).await;
    let answer = app.query("{ track(id: \"a\") { title sleeps } }").await;
    assert_eq!(answer["data"], json!({ "track": { "title": "title of a", "sleeps": null } }));
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "UNAVAILABLE" }), "{answer}");
}

#[tokio::test]
async fn a_mutation_is_finished_though_its_client_has_left() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let mut changes = app.changes.subscribe();
        let leaving = app.client.post(app.url()).json(&json!({ "query": "mutation { slowly }" })).send();
        tokio::select! {
            begun = changes.recv() => assert_eq!(begun.unwrap(), "begun"),
            _ = leaving => panic!("it takes longer"),
        }
        let done = tokio::time::timeout(std::time::Duration::from_secs(10), changes.recv()).await;
        assert_eq!(done.unwrap().unwrap(), "done");
    }
}
