//! Who a request is for, and what that opens.

use chrono::TimeDelta;
use serde_json::json;

use crate::app::{App, code};

#[tokio::test]
async fn the_viewer_and_the_request_id_reach_subgraphs() {
    let app = App::start().await;
    assert_eq!(app.query("{ viewerId }").await, json!({ "data": { "viewerId": null } }));
    let answer = app.query_as(&app.token(), "{ viewerId }").await;
    assert!(answer["data"]["viewerId"].as_str().unwrap().starts_with("user_"), "{answer}");

    let response = app.client.post(app.url()).header("x-request-id", "abc-1").json(&json!({ "query": "{ requestId }" })).send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "abc-1");
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["data"]["requestId"], "abc-1");
    let response = app.client.post(app.url()).header("x-request-id", "no spaces").json(&json!({ "query": "{ requestId }" })).send().await.unwrap();
    let given = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_ne!(given, "no spaces");
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["data"]["requestId"], given.as_str());
}

#[tokio::test]
async fn guarded_fields_are_refused_to_the_anonymous_and_the_rest_is_answered() {
    let app = App::start().await;
    let query = "{ total secret user(id: \"a\") { name email } }";
    let answer = app.query(query).await;
    assert_eq!(answer["data"], json!({ "total": 42, "secret": null, "user": { "name": "name of a", "email": null } }), "{answer}");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{answer}");
    for (error, path) in errors.iter().zip([json!(["secret"]), json!(["user", "email"])]) {
        assert_eq!(error["extensions"], json!({ "code": "UNAUTHENTICATED" }));
        assert_eq!(error["path"], path);
    }
    let answer = app.query_as(&app.token(), query).await;
    assert_eq!(answer, json!({ "data": { "total": 42, "secret": "for members", "user": { "name": "name of a", "email": "a@example.org" } } }));
    // The order of the two must not matter to what is cached.
    assert_eq!(code(&app.query(query).await), "UNAUTHENTICATED");
}

#[tokio::test]
async fn guarded_fields_behind_fragments_aliases_and_entities_are_refused_too() {
    let app = App::start().await;
    for query in [
        "{ tracks(first: 1) { owner { mail: email } } }",
        "query { ...F } fragment F on Query { s: secret }",
        "{ ... on Query { users(ids: [\"a\", \"b\"]) { ... on User { email } } } }",
        "query($yes: Boolean! = true) { secret @include(if: $yes) }",
    ] {
        let answer = app.query(query).await;
        assert_eq!(code(&answer), "UNAUTHENTICATED", "{query}: {answer}");
        assert!(!answer.to_string().contains("example.org") && !answer.to_string().contains("members"), "{query}: {answer}");
    }
    let answer = app.query("mutation { rename(input: { name: \"x\" }) { name } }").await;
    assert_eq!((code(&answer), &answer["data"]), ("UNAUTHENTICATED", &json!({ "rename": null })));
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_401_and_never_anonymous() {
    let app = App::start().await;
    let good = app.token();
    let altered = {
        let (start, signature) = good.rsplit_once('.').unwrap();
        let flipped: String = signature.chars().rev().collect();
        format!("Bearer {start}.{flipped}")
    };
    let unsigned = format!("Bearer {}.", good.rsplit_once('.').unwrap().0);
    for header in ["Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer", "", &altered, &unsigned] {
        let response = app.client.post(app.url()).header("authorization", header).json(&json!({ "query": "{ total }" })).send().await.unwrap();
        assert_eq!(response.status(), 401, "{header:?}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let answer: serde_json::Value = response.json().await.unwrap();
        assert_eq!(code(&answer), "UNAUTHENTICATED");
        assert!(answer.get("data").is_none());
    }
}

#[tokio::test]
async fn tokens_end_with_the_clock_and_keys_rotate() {
    let app = App::start().await;
    let token = app.token();
    assert!(app.query_as(&token, "{ secret }").await.get("errors").is_none());
    app.clock.forward(TimeDelta::minutes(16));
    let answer = app.query_as(&token, "{ secret }").await;
    assert_eq!((code(&answer), answer["errors"][0]["message"].as_str().unwrap()), ("UNAUTHENTICATED", "the access token has expired"));

    app.keys.rotate("second-key");
    let token = app.token_of("second-key", TimeDelta::minutes(1));
    assert!(app.query_as(&token, "{ secret }").await.get("errors").is_none());
}
