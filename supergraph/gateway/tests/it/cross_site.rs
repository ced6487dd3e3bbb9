//! What pages of other origins can do, and what every answer carries whatever it is.

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::app::{App, Reach, code, config};

#[tokio::test]
async fn what_a_browser_sends_unasked_is_refused() {
    let app = App::start().await;
    let get = async |headers: &[(&str, &str)]| {
        let request = app.client.get(app.url()).query(&[("query", "{ total }")]);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<serde_json::Value>().await.unwrap())
    };
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("referer", "https://evil.example/")] {
        let (status, answer) = get(&[foreign]).await;
        assert_eq!((status, code(&answer)), (400, "CSRF_ERROR"), "{foreign:?}");
        assert_eq!(get(&[foreign, ("content-type", "text/plain")]).await.0, 400, "{foreign:?}");
        for asked in [("content-type", "application/json"), ("apollo-require-preflight", "true"), ("x-apollo-operation-name", "Total")] {
            assert_eq!(get(&[foreign, asked]).await, (200, json!({ "data": { "total": 42 } })), "{foreign:?} {asked:?}");
        }
    }
    assert_eq!(get(&[]).await.0, 200);
    let form = app.client.post(app.url()).header("content-type", "multipart/form-data; boundary=x").body("--x--").send().await.unwrap();
    assert_eq!(form.status(), 400);
    assert_eq!(code(&form.json().await.unwrap()), "CSRF_ERROR");
}

#[tokio::test]
async fn every_answer_can_be_read_by_allowed_pages_and_is_secured() {
    let mut config = config();
    config.overload.max_in_flight = 1;
    config.allowed_origins = vec!["https://app.example".into()];
    let app = App::start_with(Reach::InProcess, config).await;
    let origin = ("origin", "https://app.example");
    let json = |body: &'static str| app.client.post(app.url()).header("content-type", "application/json").body(body);
    let root = format!("http://{}", app.address);
    let requests = [
        (200, json(r#"{"query":"{ total }"}"#)),
        (400, json("{")),
        (400, app.client.get(app.url()).query(&[("query", "{ total }")])),
        (401, json(r#"{"query":"{ total }"}"#).header("authorization", "Bearer nonsense")),
        (404, app.client.get(format!("{root}/nothing"))),
        (405, app.client.put(app.url())),
        (406, json("{}").header("accept", "text/html")),
        (413, app.client.post(app.url()).header("content-type", "application/json").body("x".repeat(70_000))),
        (415, app.client.post(app.url()).header("content-type", "text/plain").body("{}")),
        (426, app.client.get(app.url()).header("upgrade", "nonsense").header("connection", "upgrade")),
    ];
    for (status, request) in requests {
        let response = request.header(origin.0, origin.1).send().await.unwrap();
        let headers = response.headers();
        if status == 426 {
            assert!(response.status().is_client_error());
        } else {
            assert_eq!(response.status(), status);
        }
        assert_eq!(headers["access-control-allow-origin"], "https://app.example", "{status}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{status}");
        assert!(headers.contains_key("content-security-policy") && headers.contains_key("x-request-id"), "{status}");
        assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("retry-after"), "{status}");
    }
}

#[tokio::test]
async fn sockets_are_for_allowed_pages() {
    let mut config = config();
    config.allowed_origins = vec!["https://app.example".into()];
    let app = App::start_with(Reach::InProcess, config).await;
    let connect = async |origin: &str| {
        let mut request = format!("ws://{}/graphql", app.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        match tokio_tungstenite::connect_async(request).await {
            Ok((_, response)) => (response.status().as_u16(), None),
            Err(Error::Http(response)) => (response.status().as_u16(), response.headers().get("x-frame-options").cloned()),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(connect("https://app.example").await.0, 101);
    assert_eq!(connect(&format!("http://{}", app.address)).await.0, 101);
    assert_eq!(connect("https://evil.example").await, (403, Some("DENY".parse().unwrap())));
}
