//! Parsers behind the doors of a running Polyphony: bodies, headers, addresses, frames. Nothing that a stranger sends is our fault
//! (`INTERNAL`, or a status of 500 and more), nothing makes it grow, and it answers afterwards as before.

use futures::{SinkExt as _, StreamExt as _};
use platform::testing::parsers::{almost_right, almost_right_text, cases};
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};
use serde_json::Value;
use std::sync::LazyLock;
use tests::client::Client;
use tests::process::{Installation, Process};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};

/// How much more the process may need in the end.
const GROWTH_BYTES: u64 = 300 << 20;

/// Inputs of a strategy, as many as the harness says.
fn inputs<S: Strategy>(usual: u32, strategy: &S) -> Vec<S::Value> {
    let config = cases(usual);
    let mut runner = TestRunner::new(config.clone());
    (0..config.cases).map(|_| strategy.new_tree(&mut runner).expect("an input").current()).collect()
}

async fn check(response: Result<Response, reqwest::Error>, sent: &str) {
    // A refusal may come before all of a request is sent: then there is no answer, and no fault.
    let Ok(response) = response else { return };
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    assert!(status.as_u16() < 500 && !text.contains("\"INTERNAL\""), "{status} {text}\nto {sent}");
}

async fn still_answers(process: &Process, before: u64) {
    let answer = Client::anonymous(process.url()).ask("{ genres { slug } }", Value::Null).await;
    assert!(answer["genres"].as_array().is_some_and(|genres| !genres.is_empty()));
    let grown = process.peak_memory_bytes().saturating_sub(before);
    assert!(grown < GROWTH_BYTES, "grown by {grown} bytes");
    assert!(!process.log().contains("panicked"), "{}", process.log());
}

static BODIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        r#"{"query":"query($id: ID!) { track(id: $id) { title artist { name } } }","variables":{"id":"track_01jd3q5v6me7ht0c4z2x9f8k1w"}}"#,
        r#"{"query":"{ tracks(first: 2, filter: { genre: \"jazz\" }, order: NEWEST) { edges { cursor node { ...T } } } } fragment T on Track { id }","operationName":null}"#,
        r#"{"query":"mutation($i: RegisterInput!) { register(input: $i) { accessToken } }","variables":{"i":{"username":"x","email":"y","password":"z"}}}"#,
        r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}"#,
        r#"[{"query":"{ __typename }"},{"query":"{ a: __typename b: __schema { types { name } } }"}]"#,
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation($i: UploadArtworkInput!) { uploadArtwork(input: $i) { id } }\",\"variables\":{\"i\":{\"file\":null}}}\r\n--x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.i.file\"]}\r\n--x\r\ncontent-disposition: form-data; name=\"0\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n\u{1}PNG\r\n--x--\r\n",
    ]
    .map(|body| body.as_bytes().to_vec())
    .to_vec()
});

const HEADERS: &[&str] = &[
    "Bearer eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.eyJzdWIiOiJ1c2VyXzAxIn0.c2ln",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "bytes=0-99,200-,-5",
    "\"etag\", W/\"weak\"",
    "application/graphql-response+json;q=0.9, text/event-stream, multipart/mixed;deferSpec=20220824",
    "gzip;q=0.5, br, *;q=0",
    "203.0.113.7, 2001:db8::1",
    "pk_live_0123456789abcdefghijklmnop",
    "multipart/form-data; boundary=x",
];

#[tokio::test]
async fn bodies_headers_and_addresses() {
    let installation = Installation::default();
    let process = installation.up().await;
    let client = reqwest::Client::new();
    let endpoint = format!("{}/graphql", process.url());
    still_answers(&process, u64::MAX).await;
    let before = process.peak_memory_bytes();

    for body in inputs(300, &almost_right(&BODIES)) {
        let form = body.starts_with(b"--");
        let media_type = if form { "multipart/form-data; boundary=x" } else { "application/json" };
        let sent = String::from_utf8_lossy(&body).into_owned();
        let request = client.post(&endpoint).header("content-type", media_type).header("graphql-require-preflight", "1").body(body);
        check(request.send().await, &sent).await;
    }
    let names = [
        "authorization",
        "traceparent",
        "range",
        "if-none-match",
        "accept",
        "accept-encoding",
        "x-forwarded-for",
        "x-api-key",
        "content-type",
        "apollographql-client-name",
        "x-request-id",
        "origin",
    ];
    for (place, value) in inputs(300, &almost_right_text(HEADERS)).into_iter().enumerate() {
        let Ok(header) = HeaderValue::from_bytes(value.as_bytes()) else { continue };
        let name = HeaderName::from_static(names[place % names.len()]);
        let request = client.post(&endpoint).header("content-type", "application/json").header(name.clone(), header).body(r#"{"query":"{ genres { id } }"}"#);
        check(request.send().await, &format!("{name}: {value}")).await;
    }
    let paths = [
        "graphql?query=",
        "graphql?query={__typename}&variables=",
        "graphql?extensions=",
        "media/",
        "artwork/",
        "uploads/x?token=",
        "exports/",
        "auth/",
        "media/x/aac-64/",
    ];
    for (place, text) in
        inputs(300, &almost_right_text(&["{__typename}", "{\"id\":1}", "eyJ0IjoxfQ", "artwork_01jd3q5v6me7ht0c4z2x9f8k1w", "../../etc/passwd", "%2e%2e%00"]))
            .into_iter()
            .enumerate()
    {
        let path = paths[place % paths.len()];
        let Ok(mut address) = Url::parse(&format!("{}/{path}", process.url())) else { continue };
        match address.query() {
            Some(query) => {
                let query = format!("{query}{text}");
                address.set_query(Some(&query));
            }
            None => {
                let path = format!("{}{text}", address.path());
                address.set_path(&path);
            }
        }
        let method = if path.starts_with("uploads") { Method::PUT } else { Method::GET };
        check(client.request(method, address.clone()).header("range", "bytes=-0,5-2").body("x").send().await, address.as_str()).await;
    }
    still_answers(&process, before).await;
}

const FRAMES: &[&str] = &[
    r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
    r#"{"id":"1","type":"subscribe","payload":{"query":"subscription($id: ID!) { trackProcessing(trackId: $id) { percent } }","variables":{"id":"track_01jd3q5v6me7ht0c4z2x9f8k1w"}}}"#,
    r#"{"id":"1","type":"complete"}"#,
    r#"{"type":"ping","payload":{"a":[1,2,{"b":null}]}}"#,
];

#[tokio::test]
async fn frames_of_live_connections() {
    let installation = Installation::default();
    let process = installation.up().await;
    still_answers(&process, u64::MAX).await;
    let before = process.peak_memory_bytes();
    let mut socket = None;
    for (place, frame) in inputs(300, &almost_right_text(FRAMES)).into_iter().enumerate() {
        // A connection lives until its first fault: most frames are one.
        let mut open = match socket.take() {
            Some(open) => open,
            None => {
                let mut request = format!("{}/graphql", process.url().replacen("http", "ws", 1)).into_client_request().expect("an address");
                request.headers_mut().insert("sec-websocket-protocol", tungstenite::http::HeaderValue::from_static("graphql-transport-ws"));
                let (mut open, _) = tokio_tungstenite::connect_async(request).await.expect("it is open to everybody");
                if place % 2 == 0 {
                    open.send(Message::text(r#"{"type":"connection_init"}"#)).await.expect("it is taken");
                    open.next().await.expect("an answer").expect("an acknowledgement");
                }
                open
            }
        };
        let sent = open.send(Message::text(frame.clone())).await.is_ok() && open.send(Message::text(r#"{"type":"ping"}"#)).await.is_ok();
        let mut alive = sent;
        while alive {
            match open.next().await {
                Some(Ok(Message::Text(text))) => {
                    assert!(!text.contains("\"INTERNAL\""), "{text}\nto {frame}");
                    if text.contains("\"pong\"") {
                        break;
                    }
                }
                Some(Ok(Message::Close(close))) => {
                    assert!(close.as_ref().is_none_or(|close| u16::from(close.code) != 1011), "{close:?}\nto {frame}");
                    alive = false;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => alive = false,
            }
        }
        socket = alive.then_some(open);
    }
    still_answers(&process, before).await;
}
