//! Who may read the schema, and what they read.

use platform::config::{Audience, GatewayConfig, SchemaConfig};
use serde_json::json;

use crate::app::{App, Reach, code, config};

const INTROSPECTION: &str = "{ __schema { queryType { name } } }";

async fn app(audience: Audience) -> App {
    let schema = SchemaConfig { introspection: Some(audience), download: Some(audience) };
    App::start_with(Reach::InProcess, GatewayConfig { schema, ..config() }).await
}

async fn download(app: &App, token: Option<&str>, etag: Option<&str>) -> reqwest::Response {
    let mut request = app.client.get(format!("http://{}/schema.graphql", app.address));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(etag) = etag {
        request = request.header("if-none-match", etag);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn each_audience_reads_the_schema_and_others_do_not() {
    // Anonymous, a user, an admin: the code of the refusal, or none.
    for (audience, refusals) in [
        (Audience::Everyone, [None, None, None]),
        (Audience::SignedIn, [Some("UNAUTHENTICATED"), None, None]),
        (Audience::Admins, [Some("UNAUTHENTICATED"), Some("FORBIDDEN"), None]),
        (Audience::Nobody, [Some("FORBIDDEN"), Some("FORBIDDEN"), Some("FORBIDDEN")]),
    ] {
        let app = app(audience).await;
        let (user, admin) = (app.token(), app.admin_token());
        for (token, refusal) in [None, Some(user.as_str()), Some(&admin)].into_iter().zip(refusals) {
            let answer = app.send(json!({ "query": INTROSPECTION }), token).await;
            let response = download(&app, token, None).await;
            match refusal {
                None => {
                    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query", "{audience:?} {answer}");
                    assert_eq!(response.status(), 200);
                }
                Some(expected) => {
                    assert_eq!((code(&answer), &answer["data"]), (expected, &json!(null)), "{audience:?} {answer}");
                    assert_eq!(response.status().as_u16(), if expected == "FORBIDDEN" { 403 } else { 401 });
                    assert_eq!(code(&response.json().await.unwrap()), expected);
                }
            }
            // What every client needs in its answers is no secret.
            let names = app.send(json!({ "query": "{ __typename track(id: 1) { __typename } }" }), token).await;
            assert_eq!(names["data"], json!({ "__typename": "Query", "track": { "__typename": "Track" } }));
        }
        // Not by way of a fragment or a condition either.
        let hidden = "query($yes: Boolean! = true) { ...F } fragment F on Query { a: __type(name: \"Track\") @include(if: $yes) { name } }";
        assert_eq!(app.query(hidden).await["errors"].is_array(), refusals[0].is_some());
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_everyone_may_read() {
    let app = app(Audience::Everyone).await;
    assert_eq!(download(&app, Some("nonsense"), None).await.status(), 401);
}

#[tokio::test]
async fn the_schema_is_what_clients_may_use_and_is_sent_once() {
    let app = app(Audience::Everyone).await;
    let response = download(&app, None, None).await;
    let headers = response.headers();
    assert_eq!(
        (&headers["content-type"], &headers["cache-control"], &headers["vary"]),
        (&"text/plain; charset=utf-8".parse().unwrap(), &"private, no-cache".parse().unwrap(), &"authorization, x-api-key, accept-encoding".parse().unwrap())
    );
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let sdl = response.text().await.unwrap();
    for part in
        ["type Track", "plays: Int", "Who the subgraph thinks it answers.", "@deprecated(reason: \"use title\")", "times: Int! = 1", "type Subscription"]
    {
        assert!(sdl.contains(part), "{part} is missing in {sdl}");
    }
    for internal in ["join__", "link__", "@link", "@key", "_entities", "_Any", "_service", "__Schema", "__schema", "directive @skip", "@authenticated", "@tag"]
    {
        assert!(!sdl.contains(internal), "{internal} is in {sdl}");
    }

    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let response = download(&app, None, Some(&known)).await;
        assert_eq!((response.status().as_u16(), response.headers()["etag"].to_str().unwrap()), (304, etag.as_str()), "{known}");
        assert!(response.bytes().await.unwrap().is_empty());
    }
    assert_eq!(download(&app, None, Some("\"other\"")).await.status(), 200);
}
