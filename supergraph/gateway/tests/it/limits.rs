//! Operations that are too much.

use serde_json::json;

use crate::app::{App, code};

#[tokio::test]
async fn depth_aliases_tokens_and_nesting_are_limited() {
    let app = App::start().await;
    let aliases: String = (0..6).map(|n| format!("a{n}: total ")).collect();
    let tokens = "total ".repeat(1001);
    let deep = "{ a".repeat(100_000);
    let nested = format!("{{ total(a: {}", "[".repeat(900));
    let hidden = format!("# \"\n{}", "{ a ".repeat(400));
    let in_block = format!("{{ total(a: \"\"\"x\"y\"\"\") {}", "{ a ".repeat(400));
    let introspection = "{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } }";
    for query in [format!("{{ {aliases} }}"), format!("{{ {tokens} }}"), nested, hidden, in_block, chain(60), bomb()] {
        let answer = app.query(&query).await;
        assert_eq!(code(&answer), "OPERATION_TOO_LARGE", "{}: {answer}", &query[..40]);
    }
    assert!(app.query(introspection).await.get("errors").is_none());
    let response = app.client.post(app.url()).json(&json!({ "query": deep })).send().await.unwrap();
    assert_eq!(response.status(), 413);
    let fragments = "fragment A on Track { owner { ...B } } fragment B on User { name ...C } fragment C on User { id ...B } { track(id: 1) { ...A } }";
    assert_eq!(code(&app.query(fragments).await), "OPERATION_TOO_LARGE");
    assert_eq!(app.query(&chain(2)).await["data"]["__type"]["name"], "Track");
}

/// Few fragments that become 3^15 fields.
fn bomb() -> String {
    let links = (0..15).map(|n| {
        let next = format!("{{ ...F{} }}", n + 1);
        format!("fragment F{n} on __Type {{ ofType {next} interfaces {next} possibleTypes {next} }} ")
    });
    format!("{{ __type(name: \"Track\") {{ ...F0 }} }} {} fragment F15 on __Type {{ name }}", links.collect::<String>())
}

/// Introspection, which the limit of depth leaves out, nested by fragments, which the parser's limit leaves out.
fn chain(fragments: usize) -> String {
    let deep = format!("{}name{}", "ofType { ".repeat(3), " }".repeat(3));
    let links = (0..fragments).map(|n| format!("fragment F{n} on __Type {{ ofType {{ ...F{} }} {deep} }} ", n + 1));
    format!("{{ __type(name: \"Track\") {{ name ...F0 }} }} {} fragment F{fragments} on __Type {{ name }}", links.collect::<String>())
}

#[tokio::test]
async fn json_that_is_nested_too_deep_is_refused_before_it_is_parsed() {
    let app = App::start().await;
    let body = format!(r#"{{"query":"{{ total }}","variables":{{"a":{}1{}}}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    let response = app.client.post(app.url()).header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let lists: serde_json::Value = serde_json::from_str(&format!("{}{}", "[".repeat(37), "]".repeat(37))).unwrap();
    let answer = app.send(json!({ "query": "query($ids: [ID!]!) { users(ids: $ids) { id } }", "variables": { "ids": lists } }), None).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_wide_operation_does_not_hold_a_core() {
    let app = App::start().await;
    let started = std::time::Instant::now();
    let answer = app.query(&format!("{{ {} }}", "total ".repeat(990))).await;
    assert_eq!(answer, json!({ "data": { "total": 42 } }));
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}
