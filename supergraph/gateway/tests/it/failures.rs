//! What a failing subgraph costs.

use serde_json::json;

use crate::app::{App, Reach, code, config};

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
        assert_eq!((&answer["errors"][0]["path"], code(&answer)), (&json!(["track"]), "INTERNAL"));
        assert_eq!(answer["errors"][0]["message"], "something went wrong on our side");
    }
}

#[tokio::test]
async fn unforeseen_errors_leak_nothing_and_foreseen_ones_keep_code_field_and_path() {
    let app = App::start().await;
    let answer = app.query("{ tracks(first: 2) { fails } }").await;
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
    assert_eq!(answer["errors"][1]["extensions"]["code"], "INTERNAL", "{answer}");
    // async-graphql does not tell which entity of several failed; a path that is wrong would be worse than none.
    assert!(answer["errors"][1].get("path").is_none() && !answer.to_string().contains("_entities"), "{answer}");

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
