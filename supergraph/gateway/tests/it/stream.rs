//! Live operations, and others, as streamed HTTP answers: server-sent events and Apollo's multipart.

use chrono::TimeDelta;
use platform::config::{GatewayConfig, TransportConfig};
use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::app::{App, Reach, code, config, unshared, until, within};

const EVENTS: &str = "text/event-stream";
const MULTIPART: &str = "multipart/mixed;subscriptionSpec=\"1.0\", application/json";
const CHANGES: &str = "subscription { trackChanged { id plays } }";

/// A response, read as far as the test wants it.
struct Stream {
    response: Response,
    text: String,
}

/// What ended a stream.
#[derive(Debug, PartialEq)]
enum End {
    /// All was said.
    Whole,
    /// The connection broke off.
    Broken,
}

impl Stream {
    async fn open(request: RequestBuilder, content_type: &str) -> Self {
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(content_type), "{:?}", response.headers());
        Self { response, text: String::new() }
    }

    async fn events(app: &App, body: Value) -> Self {
        Self::open(app.client.post(app.url()).header("accept", EVENTS).json(&body), "text/event-stream").await
    }

    async fn multipart(app: &App, body: Value) -> Self {
        let request = app.client.post(app.url()).header("accept", MULTIPART).json(&body);
        Self::open(request, "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0").await
    }

    async fn read(&mut self) -> Option<End> {
        match within(self.response.chunk()).await {
            Ok(Some(chunk)) => {
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
                None
            }
            Ok(None) => Some(End::Whole),
            Err(_) => Some(End::Broken),
        }
    }

    /// What comes before the next `separator`.
    async fn before(&mut self, separator: &str) -> String {
        loop {
            if let Some((piece, rest)) = self.text.split_once(separator) {
                let (piece, rest) = (piece.to_owned(), rest.to_owned());
                self.text = rest;
                return piece;
            }
            let end = self.read().await;
            assert_eq!(end, None, "the stream ended after {:?}", self.text);
        }
    }

    /// The next event that is not a comment: its name and data.
    async fn event(&mut self) -> (String, Value) {
        loop {
            let event = self.before("\n\n").await;
            if !event.starts_with(':') {
                let (name, data) = event.split_once('\n').unwrap();
                let data = data.strip_prefix("data: ").unwrap();
                return (name.strip_prefix("event: ").unwrap().to_owned(), if data.is_empty() { Value::Null } else { serde_json::from_str(data).unwrap() });
            }
        }
    }

    async fn next(&mut self) -> Value {
        let (name, data) = self.event().await;
        assert_eq!(name, "next", "{data}");
        data
    }

    /// The next part, heartbeats too. The boundary before it has been read.
    async fn part(&mut self) -> Value {
        let part = self.before("\r\n--graphql").await;
        serde_json::from_str(part.trim_start_matches("--graphql").strip_prefix("\r\ncontent-type: application/json\r\n\r\n").unwrap()).unwrap()
    }

    async fn payload(&mut self) -> Value {
        loop {
            let part = self.part().await;
            if part != json!({}) {
                return part;
            }
        }
    }

    /// Everything else, and how it ended.
    async fn rest(mut self) -> (String, End) {
        loop {
            if let Some(end) = self.read().await {
                return (self.text, end);
            }
        }
    }
}

/// Tells a change once the operation listens.
async fn change(app: &App, id: &str) {
    until(|| app.changes.receiver_count() > 0).await;
    app.changes.send(id.to_owned()).unwrap();
}

fn impatient() -> GatewayConfig {
    let config = config();
    GatewayConfig { transport: TransportConfig { heartbeat_ms: 20, ..config.transport.clone() }, ..config }
}

#[tokio::test]
async fn live_events_come_as_server_sent_events() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let mut stream = Stream::events(&app, json!({ "query": "subscription($n: Int!) { countdown(from: $n) }", "variables": { "n": 2 } })).await;
        assert_eq!(stream.next().await, json!({ "data": { "countdown": 2 } }));
        assert_eq!(stream.next().await, json!({ "data": { "countdown": 1 } }));
        assert_eq!(stream.event().await, ("complete".into(), Value::Null));
        assert_eq!(stream.rest().await, (String::new(), End::Whole));
    }
    let app = App::start().await;
    let mut stream = Stream::events(&app, json!({ "query": CHANGES })).await;
    change(&app, "abc").await;
    assert_eq!(stream.next().await, json!({ "data": { "trackChanged": { "id": "abc", "plays": 3 } } }));
    // A reader who leaves ends the operation.
    drop(stream);
    until(|| app.changes.receiver_count() == 0).await;
}

#[tokio::test]
async fn an_event_source_opens_a_live_operation_by_get() {
    let app = App::start().await;
    let request = app.client.get(app.url()).header("accept", EVENTS).query(&[("query", "subscription { countdown(from: 1) }")]);
    let mut stream = Stream::open(request, "text/event-stream").await;
    assert_eq!(stream.response.headers()["cache-control"], "no-store");
    assert_eq!(stream.response.headers()["x-accel-buffering"], "no");
    assert_eq!(stream.next().await, json!({ "data": { "countdown": 1 } }));
    let mutation = [("query", "mutation { rename(input: { name: \"a\" }) { id } }")];
    let refused = app.client.get(app.url()).header("accept", EVENTS).query(&mutation).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()), (405, "POST"));
}

#[tokio::test]
async fn queries_and_mutations_stream_their_one_answer_when_nothing_else_is_taken() {
    let app = App::start().await;
    for (query, data) in [("{ total }", json!({ "total": 42 })), ("mutation { slowly }", json!({ "slowly": true }))] {
        let mut stream = Stream::events(&app, json!({ "query": query })).await;
        assert_eq!(stream.next().await, json!({ "data": data }));
        assert_eq!(stream.event().await.0, "complete");
    }
    // urql and Apollo Client take both kinds with every query.
    let response = app.client.post(app.url()).header("accept", "application/json, text/event-stream").json(&json!({ "query": "{ total }" })).send().await;
    assert_eq!(response.unwrap().headers()["content-type"], "application/json; charset=utf-8");
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_is_an_event_and_with_a_request_a_status() {
    let app = App::start().await;
    let mut stream = Stream::events(&app, json!({ "query": "subscription { nonsense }" })).await;
    assert_eq!(code(&stream.next().await), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(stream.event().await.0, "complete");
    let post = || app.client.post(app.url()).header("accept", EVENTS);
    assert_eq!(post().bearer_auth("nonsense").json(&json!({ "query": CHANGES })).send().await.unwrap().status(), 401);
    assert_eq!(post().json(&json!({})).send().await.unwrap().status(), 400);
    // With a form for single answers it is that one.
    let response = app.client.post(app.url()).header("accept", MULTIPART).json(&json!({ "query": "subscription { nonsense }" })).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let without = app.client.post(app.url()).json(&json!({ "query": CHANGES })).send().await.unwrap().json::<Value>().await.unwrap();
    assert!(without["errors"][0]["message"].as_str().unwrap().contains("text/event-stream"), "{without}");
}

#[tokio::test]
async fn live_events_come_as_apollos_multipart() {
    let app = App::start_with(Reach::InProcess, impatient()).await;
    let mut stream = Stream::multipart(&app, json!({ "query": CHANGES })).await;
    for _ in 0..3 {
        assert_eq!(stream.part().await, json!({}), "a heartbeat");
    }
    change(&app, "abc").await;
    assert_eq!(stream.payload().await, json!({ "payload": { "data": { "trackChanged": { "id": "abc", "plays": 3 } } } }));
    let mut stream = Stream::multipart(&app, json!({ "query": "subscription { countdown(from: 1) }" })).await;
    assert_eq!(stream.payload().await, json!({ "payload": { "data": { "countdown": 1 } } }));
    assert_eq!(stream.rest().await, ("--\r\n".into(), End::Whole));
}

#[tokio::test]
async fn idle_streams_say_that_they_are_there() {
    let app = App::start_with(Reach::InProcess, impatient()).await;
    let mut stream = Stream::events(&app, json!({ "query": CHANGES })).await;
    for _ in 0..3 {
        assert_eq!(stream.before("\n\n").await, ":");
    }
}

#[tokio::test]
async fn the_end_of_the_token_ends_a_stream() {
    let app = App::start().await;
    let live = async |accept: &str| {
        let token = app.token_of("first", TimeDelta::seconds(2));
        let request = app.client.post(app.url()).header("accept", accept).bearer_auth(token).json(&json!({ "query": "subscription { membersOnly }" }));
        Stream::open(request, accept.split(';').next().unwrap()).await
    };
    let (mut events, mut multipart) = (live(EVENTS).await, live(MULTIPART).await);
    assert_eq!(events.next().await, json!({ "data": { "membersOnly": 1 } }));
    assert_eq!(multipart.payload().await, json!({ "payload": { "data": { "membersOnly": 1 } } }));
    app.clock.forward(TimeDelta::seconds(3));
    assert_eq!(code(&events.next().await), "UNAUTHENTICATED");
    assert_eq!(events.event().await.0, "complete");
    assert_eq!(events.rest().await.1, End::Whole);
    let last = multipart.payload().await;
    assert_eq!((&last["payload"], code(&last)), (&Value::Null, "UNAUTHENTICATED"));
    assert_eq!(multipart.rest().await, ("--\r\n".into(), End::Whole));
}

#[tokio::test]
async fn the_end_of_the_session_ends_a_stream() {
    let app = App::start().await;
    let token = app.token();
    let request = app.client.post(app.url()).header("accept", EVENTS).bearer_auth(&token).json(&json!({ "query": "subscription { membersOnly }" }));
    let mut events = Stream::open(request, EVENTS).await;
    assert_eq!(events.next().await, json!({ "data": { "membersOnly": 1 } }));
    app.end_session(&token).await;
    assert_eq!(code(&events.next().await), "UNAUTHENTICATED");
    assert_eq!(events.event().await.0, "complete");
}

#[tokio::test]
async fn a_stopping_service_ends_streams_so_that_clients_connect_again() {
    let app = App::start_with(Reach::InProcess, unshared()).await;
    let mut events = Stream::events(&app, json!({ "query": CHANGES })).await;
    let mut multipart = Stream::multipart(&app, json!({ "query": CHANGES })).await;
    until(|| app.changes.receiver_count() == 2).await;
    app.stop.cancel();
    let last = multipart.payload().await;
    assert_eq!((&last["payload"], code(&last)), (&Value::Null, "UNAVAILABLE"));
    loop {
        if let Some(end) = events.read().await {
            assert_eq!(end, End::Whole);
            break;
        }
    }
    assert!(events.text.contains(": the service is stopping") && !events.text.contains("event:"), "{}", events.text);
}

#[tokio::test]
async fn a_viewer_has_only_so_many_streams() {
    let mut config = config();
    config.live.max_per_viewer = 2;
    let app = App::start_with(Reach::InProcess, config).await;
    let token = app.token();
    let ask = |query: &str, accept: &'static str| {
        let request = app.client.post(app.url()).bearer_auth(&token).header("accept", accept).json(&json!({ "query": query }));
        async move { within(request.send()).await.unwrap() }
    };
    let first = ask(CHANGES, EVENTS).await;
    let _second = ask(CHANGES, MULTIPART).await;
    for accept in [EVENTS, MULTIPART] {
        let refused = ask(CHANGES, accept).await;
        assert_eq!((refused.status(), &refused.headers()["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from_static("10")));
        assert_eq!(code(&refused.json().await.unwrap()), "RATE_LIMITED");
    }
    // What ends by itself is no live connection, another viewer is not concerned, and who leaves makes room.
    assert_eq!(ask("{ total }", EVENTS).await.status(), 200);
    assert_eq!(Stream::events(&app, json!({ "query": CHANGES })).await.response.status(), 200);
    drop(first);
    within(async { while ask(CHANGES, EVENTS).await.status() != 200 {} }).await;
}

#[tokio::test]
async fn a_slow_reader_of_a_stream_is_dropped() {
    let app = App::start().await;
    let slow = Stream::events(&app, json!({ "query": "subscription { flood }" })).await;
    until(|| app.changes.receiver_count() == 1).await;
    until(|| app.changes.receiver_count() == 0).await;
    assert_eq!(slow.rest().await.1, End::Broken);
}
