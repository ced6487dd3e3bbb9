//! What operations cost: by IBM's specification, estimated before and counted after.

use serde_json::{Value, json};

use crate::app::{App, Reach, code, config};

async fn app(max_cost: u64) -> App {
    let mut config = config();
    (config.limits.report_cost, config.limits.max_cost, config.limits.assumed_list_size) = (true, max_cost, 3);
    App::start_with(Reach::InProcess, config).await
}

async fn cost(app: &App, query: &str, variables: Value) -> (u64, u64) {
    let answer = app.send(json!({ "query": query, "variables": variables }), Some(&app.token())).await;
    assert!(answer.get("errors").is_none(), "{query}: {answer}");
    let cost = &answer["extensions"]["cost"];
    assert_eq!(cost["max"], 10_000);
    (cost["estimated"].as_u64().unwrap(), cost["actual"].as_u64().unwrap())
}

#[tokio::test]
async fn lists_weights_and_inputs_cost_what_the_schema_says() {
    let app = app(10_000).await;
    for (query, variables, estimated, actual) in [
        ("{ total __typename }", json!({}), 0, 0),
        ("{ track(id: 1) { title owner { name } } }", json!({}), 2, 2),
        // The argument tells the size, as a literal, by a variable and by its default.
        ("{ tracks(first: 4) { title owner { name } } }", json!({}), 8, 8),
        ("query($n: Int!) { tracks(first: $n) { title } }", json!({ "n": 6 }), 6, 6),
        ("query($n: Int! = 5) { tracks(first: $n) { title } }", json!({}), 5, 5),
        // A connection's page, half of which is there, and the page when nothing is said.
        ("{ page(first: 8) { nodes { title } } }", json!({}), 1 + 8, 1 + 4),
        ("{ page { nodes { title } } }", json!({}), 1 + 20, 1 + 10),
        ("query($n: Int) { page(last: $n) { nodes { title owner { name } } } }", json!({ "n": 2 }), 1 + 4, 1 + 2),
        // Nothing is said of this one.
        ("{ shelves { title } }", json!({}), 3, 30),
        ("{ expensive }", json!({}), 50, 50),
        ("{ expensive(filter: { word: \"a\", and: [{}, { word: \"b\" }] }) }", json!({}), 50 + 6 + 1 + 6, 50 + 6 + 1 + 6),
        ("query($no: Boolean!) { a: expensive @skip(if: $no) b: expensive @include(if: $no) }", json!({ "no": true }), 50, 50),
        ("mutation { rename(input: { name: \"a\" }) { name } }", json!({}), 10 + 1 + 1, 1 + 1),
        ("{ track(id: 1) { ... on Track { owner { name } } } }", json!({}), 2, 2),
    ] {
        assert_eq!(cost(&app, query, variables).await, (estimated, actual), "{query}");
    }
}

#[tokio::test]
async fn what_costs_too_much_is_refused_before_it_runs() {
    let app = app(49).await;
    let mut changes = app.changes.subscribe();
    let refused = app.query("mutation { slowly a: slowly b: slowly }").await;
    assert!(refused.get("errors").is_none(), "{refused}");
    assert_eq!(changes.recv().await.unwrap(), "begun");
    for query in ["{ expensive }", "{ tracks(first: 50) { title } }", "{ page(first: 100) { nodes { title } } }"] {
        let answer = app.query(query).await;
        assert_eq!(code(&answer), "COST_ESTIMATED_TOO_EXPENSIVE", "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["cost"]["max"], 49);
        assert!(answer.get("data").is_none());
    }
    assert!(app.query("{ tracks(first: 49) { title } }").await.get("errors").is_none());
    // Large numbers do not wrap around to small ones.
    let answer = app.query("{ tracks(first: 2147483647) { owner { id } } page(first: 2147483647) { nodes { owner { id } } } }").await;
    assert_eq!(code(&answer), "COST_ESTIMATED_TOO_EXPENSIVE");
}

#[tokio::test]
async fn a_list_that_wants_one_size_argument_gets_one() {
    let app = app(10_000).await;
    for (query, variables) in [
        ("{ ends { title } }", json!({})),
        ("{ ends(first: 1, last: 1) { title } }", json!({})),
        ("query($n: Int) { ends(first: $n) { title } }", json!({ "n": null })),
        ("query($n: Int) { ends(first: $n, last: 2) { title } }", json!({ "n": 3 })),
    ] {
        let answer = app.send(json!({ "query": query, "variables": variables }), None).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "COST_INVALID_SLICING_ARGUMENTS", "field": "ends" }), "{query}: {answer}");
    }
    assert_eq!(cost(&app, "query($n: Int) { ends(first: $n, last: 2) { title } }", json!({ "n": null })).await.0, 2);
    // Told only in development.
    let quiet = App::start().await;
    assert!(quiet.query("{ expensive }").await.get("extensions").is_none());
}
