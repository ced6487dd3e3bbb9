//! What is kept of operations: the access log and the metrics.

use std::io::Write;
use std::sync::{Arc, Mutex};

use platform::config::{GatewayConfig, MetricsConfig, OperationsConfig};
use platform::telemetry;
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::app::{App, Reach, config, until};
use crate::live::change_until_heard;
use crate::socket::Socket;

/// The access log of this test: all its tasks run on one thread, and only they are heard.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(log.clone());
        let access = lines.with_filter(filter_fn(|metadata| metadata.target() == "access"));
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(access));
        (log, guard)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// The fields of `line` that a test can foresee.
fn essence(line: &Value) -> Value {
    let fields = ["transport", "viewer", "client", "operation", "kind", "outcome", "status"];
    fields.iter().filter_map(|field| Some(((*field).to_owned(), line.get(*field)?.clone()))).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test]
async fn every_operation_has_one_line() {
    let (log, _guard) = Log::start();
    let app = App::start().await;
    let token = app.token();

    let answer = app
        .client
        .post(app.url())
        .bearer_auth(&token)
        .header("x-request-id", "mine")
        .header("graphql-client-name", "ios")
        .json(&json!({ "query": "query Mine { secret user(id: \"x\") { email } }" }))
        .send()
        .await
        .unwrap();
    let bytes = answer.bytes().await.unwrap().len();
    app.query("{ nonsense }").await;
    app.query_as("wrong", "{ total }").await;
    reqwest::get(format!("{}?query=%7Btotal%7D", app.url())).await.unwrap();
    let lines = log.lines();
    assert_eq!(
        lines.iter().map(essence).collect::<Vec<_>>(),
        [
            json!({ "transport": "post", "viewer": "signed_in", "client": "ios", "operation": "Mine", "kind": "query", "outcome": "executed", "status": 200 }),
            json!({ "transport": "post", "viewer": "anonymous", "kind": "none", "outcome": "refused", "status": 200 }),
            json!({ "transport": "post", "viewer": "unknown", "kind": "none", "outcome": "refused", "status": 401 }),
            json!({ "transport": "get", "viewer": "anonymous", "kind": "query", "outcome": "executed", "status": 200 }),
        ]
    );
    assert_eq!((&lines[0]["request_id"], &lines[0]["bytes"]), (&json!("mine"), &json!(bytes)));
    assert!(lines.iter().all(|line| line["ms"].is_u64() && line["request_id"].is_string()));
    for secret in [token.as_str(), "@example.org", "user_"] {
        assert!(!log.text().contains(secret), "{}", log.text());
    }
}

#[tokio::test]
async fn over_a_socket_it_is_a_line_an_operation() {
    let (log, _guard) = Log::start();
    let app = App::start().await;
    let mut socket = Socket::start(&app, None).await;
    socket.subscribe("1", "query Total { total }").await;
    socket.expect("next").await;
    socket.expect("complete").await;
    socket.subscribe("2", "subscription Changes { trackChanged { id } }").await;
    change_until_heard(&app, &mut socket, "a").await;
    socket.send(json!({ "id": "2", "type": "complete" })).await;
    until(|| log.lines().len() == 2).await;
    assert_eq!(
        log.lines().iter().map(essence).collect::<Vec<_>>(),
        [
            json!({ "transport": "websocket", "viewer": "anonymous", "operation": "Total", "kind": "query", "outcome": "executed", "status": 0 }),
            json!({ "transport": "websocket", "viewer": "anonymous", "operation": "Changes", "kind": "subscription", "outcome": "left", "status": 0 }),
        ]
    );
    assert!(log.lines()[1]["bytes"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn names_that_clients_choose_are_bounded_in_the_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("operations.json");
    let trusted = json!({ "id": "a", "name": "BoundTrusted", "type": "query", "body": "query BoundTrusted { total }" });
    std::fs::write(&manifest, json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [trusted] }).to_string()).unwrap();
    let operations = OperationsConfig { manifest, ..config().operations };
    let bounded = GatewayConfig { metrics: MetricsConfig { operation_names: 2, client_names: 1 }, operations, ..config() };
    let app = App::start_with(Reach::InProcess, bounded).await;
    for (operation, client) in [("BoundA", "bound-x"), ("BoundB", "bound-y"), ("BoundC", "bound-x"), ("BoundTrusted", "bound-x")] {
        let request = app.client.post(app.url()).header("graphql-client-name", client).json(&json!({ "query": format!("query {operation} {{ total }}") }));
        assert!(request.send().await.unwrap().status().is_success());
    }
    let metrics = telemetry::render_metrics();
    let counted = |operation: &str, client: &str| {
        let labels = format!("{{operation=\"{operation}\",kind=\"query\",outcome=\"executed\",client=\"{client}\"}}");
        metrics.contains(&format!("gateway_operation_seconds_count{labels}"))
    };
    assert!(counted("BoundA", "bound-x") && counted("BoundB", "other") && counted("other", "bound-x") && counted("BoundTrusted", "bound-x"), "{metrics}");
    assert!(!metrics.contains("BoundC") && !metrics.contains("bound-y"), "{metrics}");
    assert!(metrics.contains("gateway_fetch_seconds_bucket{subgraph=\"plays\",outcome=\"answered\",le=\"0.01\"}"), "{metrics}");

    let families = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE gateway_")?.split(' ').next());
    for family in families {
        assert!(metrics.contains(&format!("# HELP gateway_{family} ")), "gateway_{family} is not described");
    }
}
