//! GraphQL over HTTP: media types, methods, status codes, headers.

use serde_json::{Value, json};

use crate::app::{App, code};

const INVALID: &str = "{ nonsense }";

/// The field that the first error names.
fn field(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["field"].as_str().unwrap_or_default()
}

async fn post(app: &App, accept: &str, body: &str) -> (u16, String, Value) {
    let request = app.client.post(app.url()).header("accept", accept).header("content-type", "application/json").body(body.to_owned());
    let response = request.send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), content_type, response.json().await.unwrap())
}

#[tokio::test]
async fn the_status_follows_the_media_type() {
    let app = App::start().await;
    let invalid = json!({ "query": INVALID }).to_string();
    let (status, content_type, answer) = post(&app, "application/json", &invalid).await;
    assert_eq!((status, content_type.as_str()), (200, "application/json; charset=utf-8"));
    assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED");
    let (status, content_type, _) = post(&app, "application/graphql-response+json", &invalid).await;
    assert_eq!((status, content_type.as_str()), (400, "application/graphql-response+json; charset=utf-8"));
    let (status, _, answer) = post(&app, "application/graphql-response+json", &json!({ "query": "{ secret }" }).to_string()).await;
    assert_eq!((status, code(&answer)), (200, "UNAUTHENTICATED"));
    let (status, _, _) = post(&app, "text/html", &invalid).await;
    assert_eq!(status, 406);
}

#[tokio::test]
async fn what_is_no_graphql_request_is_400() {
    let app = App::start().await;
    for body in [
        "",
        "{",
        "1",
        "{}",
        r#"{"query":1}"#,
        r#"{"query":""}"#,
        r#"{"query":"{ total }","variables":[]}"#,
        r#"{"query":"{ total }","variables":"a"}"#,
        r#"{"query":"{ total }","extensions":"a"}"#,
    ] {
        let (status, _, answer) = post(&app, "application/json", body).await;
        assert_eq!((status, code(&answer)), (400, "BAD_USER_INPUT"), "{body}");
    }
    let (status, _, answer) = post(&app, "application/json", r#" [{"query":"{ total }"}]"#).await;
    assert_eq!(status, 400);
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("batches are not supported"));
    let (_, _, answer) = post(&app, "application/json", r#"{"query":"{ total"}"#).await;
    assert_eq!(code(&answer), "GRAPHQL_PARSE_FAILED");
}

#[tokio::test]
async fn incremental_delivery_is_refused_by_name() {
    let app = App::start().await;
    for (query, name) in [
        ("{ tracks(first: 1) { title ... @defer { plays } } }", "@defer"),
        ("{ tracks(first: 1) { ...Late @defer(label: \"late\") } } fragment Late on Track { plays }", "@defer"),
        ("{ tracks(first: 1) @stream { title } }", "@stream"),
    ] {
        let (status, _, answer) = post(&app, "application/graphql-response+json", &json!({ "query": query }).to_string()).await;
        assert_eq!((status, code(&answer)), (400, "INCREMENTAL_DELIVERY_UNSUPPORTED"), "{query}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().starts_with(name), "{answer}");
    }
}

#[tokio::test]
async fn only_json_is_read_and_not_too_much_of_it() {
    let app = App::start().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = app.client.post(app.url()).header("content-type", content_type).header("apollo-require-preflight", "1").body(r#"{"query":"{ total }"}"#);
        assert_eq!(request.send().await.unwrap().status(), 415, "{content_type}");
    }
    let request = app.client.post(app.url()).header("content-type", "Application/JSON; charset=utf-8").body(r#"{"query":"{ total }"}"#);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let large = json!({ "query": "{ total }", "operationName": "x".repeat(70_000) }).to_string();
    let (status, _, answer) = post(&app, "application/json", &large).await;
    assert_eq!((status, code(&answer)), (413, "MAX_BODY_LIMIT"));
}

#[tokio::test]
async fn get_carries_queries_only() {
    let app = App::start().await;
    let get = async |parameters: &[(&str, &str)]| {
        let response = app.client.get(app.url()).header("accept", "application/graphql-response+json").query(parameters).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let query = "query A($id: ID!) { track(id: $id) { title } } query B { total }";
    let answer = get(&[("query", query), ("operationName", "A"), ("variables", r#"{"id":"z"}"#)]).await;
    assert_eq!(answer, (200, json!({ "data": { "track": { "title": "title of z" } } })));
    assert_eq!(get(&[("query", "mutation { rename(input: { name: \"a\" }) { id } }")]).await.0, 405);
    assert_eq!(get(&[("query", "subscription { countdown(from: 1) }")]).await.0, 400);
    assert_eq!(get(&[("query", "{ total }"), ("variables", "{")]).await.0, 400);
    assert_eq!(get(&[]).await.0, 400);
    let (status, answer) = get(&[("query", "{ total }"), ("variables", "{}"), ("variables", "{}")]).await;
    assert_eq!((status, code(&answer)), (400, "BAD_USER_INPUT"));
    // What is behind a parameter's object is no other parameter.
    let (status, answer) = get(&[("query", "{ total }"), ("variables", r#"{},"extensions":{}"#)]).await;
    assert_eq!((status, field(&answer)), (400, "variables"));
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_named() {
    let app = App::start().await;
    let post = async |body: &str| {
        let response = app.client.post(app.url()).header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    for (body, wrong) in [
        (r#"{"query":1}"#, "query"),
        (r#"{"query":"{ total }","documentId":{}}"#, "documentId"),
        (r#"{"query":"{ total }","operationName":[]}"#, "operationName"),
        (r#"{"query":"{ total }","variables":"{}"}"#, "variables"),
        (r#"{"query":"{ total }","variables":[]}"#, "variables"),
        (r#"{"query":"{ total }","extensions":5}"#, "extensions"),
        (r#"{"query":"{ total }","extensions":{"persistedQuery":{"version":"1","sha256Hash":"a"}}}"#, "extensions.persistedQuery"),
    ] {
        let (status, answer) = post(body).await;
        assert_eq!((status, code(&answer), field(&answer)), (400, "BAD_USER_INPUT", wrong), "{body}: {answer}");
    }
    for (body, says) in [("null", "a JSON object"), ("{", "a JSON object"), (r#"{"query":"{ total }","query":"{ total }"}"#, "may come once")] {
        let (status, answer) = post(body).await;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!((status, code(&answer)) == (400, "BAD_USER_INPUT") && message.contains(says), "{body}: {answer}");
    }
    for (name, text) in [("variables", "{"), ("variables", "[]"), ("extensions", "1"), ("extensions", "x")] {
        let answer: Value = app.client.get(app.url()).query(&[("query", "{ total }"), (name, text)]).send().await.unwrap().json().await.unwrap();
        assert_eq!((code(&answer), field(&answer)), ("BAD_USER_INPUT", name), "{text}: {answer}");
    }
}

#[tokio::test]
async fn every_refusal_is_a_graphql_answer() {
    let app = App::start().await;
    let root = format!("http://{}", app.address);
    for (status, request) in [
        (405, app.client.put(app.url())),
        (405, app.client.delete(format!("{root}/schema.graphql"))),
        (405, app.client.post(&root)),
        (404, app.client.get(format!("{root}/explorer/nothing.js"))),
        (415, app.client.post(app.url()).header("content-type", "application/json").header("content-encoding", "compress").body("{}")),
        (400, app.client.get(app.url()).header("upgrade", "websocket")),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        if status == 415 {
            assert!(response.headers()["accept-encoding"].to_str().unwrap().contains("gzip"));
        }
        let answer: Value = response.json().await.unwrap();
        assert!(["BAD_USER_INPUT", "NOT_FOUND"].contains(&code(&answer)), "{status}: {answer}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let app = App::start().await;
    for (path, allowed) in [("graphql", "GET, HEAD, POST"), ("schema.graphql", "GET, HEAD"), ("", "GET, HEAD"), ("explorer/explorer.js", "GET, HEAD")] {
        let response = app.client.put(format!("http://{}/{path}", app.address)).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["allow"].to_str().unwrap()), (405, allowed));
        let response = app.client.head(format!("http://{}/{path}?query={{total}}", app.address)).send().await.unwrap();
        assert_ne!(response.status(), 405);
        assert_eq!(response.bytes().await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn every_answer_has_security_headers_and_browsers_may_call() {
    let app = App::start().await;
    let response = app.client.post(app.url()).header("origin", "https://example.org").json(&json!({ "query": "{ total }" })).send().await.unwrap();
    let headers = response.headers();
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(headers["access-control-allow-origin"], "*");

    let preflight = app
        .client
        .request(reqwest::Method::OPTIONS, app.url())
        .header("origin", "https://example.org")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
        .send()
        .await
        .unwrap();
    assert!(preflight.status().is_success());
    assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
}

#[tokio::test]
async fn only_allowed_origins_may_call_when_they_are_named() {
    let config = platform::config::GatewayConfig { allowed_origins: vec!["https://app.example".into()], ..crate::app::config() };
    let app = App::start_with(crate::app::Reach::InProcess, config).await;
    let allowed = async |origin: &str| {
        let response = app.client.post(app.url()).header("origin", origin).json(&json!({ "query": "{ total }" })).send().await.unwrap();
        response.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed("https://app.example").await.as_deref(), Some("https://app.example"));
    assert_eq!(allowed("https://evil.example").await, None);
}
