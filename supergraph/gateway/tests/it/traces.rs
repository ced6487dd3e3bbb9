//! One request is one trace through all services, as a collector receives it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use platform::config::TelemetryConfig;
use platform::telemetry::Traces;
use prost::Message as _;
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::app::{App, Reach, config, serve, serve_as_service};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Takes spans by OTLP over HTTP, as a collector does: decoded by OpenTelemetry's own types.
#[derive(Clone, Default)]
struct FakeCollector {
    spans: Arc<Mutex<Vec<Span>>>,
    services: Arc<Mutex<Vec<String>>>,
}

impl FakeCollector {
    async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let router = axum::Router::new().route("/v1/traces", post(Self::take)).with_state(collector.clone());
        (collector, serve(router).await)
    }

    async fn take(State(collector): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        for resource in ExportTraceServiceRequest::decode(body).unwrap().resource_spans {
            let attributes = resource.resource.unwrap().attributes;
            let service = attributes.into_iter().find(|attribute| attribute.key == "service.name").and_then(|name| name.value?.value);
            if let Some(Any::StringValue(name)) = service {
                collector.services.lock().unwrap().push(name);
            }
            collector.spans.lock().unwrap().extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
        StatusCode::OK
    }
}

/// The names from a span up to the first.
fn way_up(spans: &[Span], span: &Span) -> Vec<String> {
    let parents = std::iter::successors(Some(span), |span| spans.iter().find(|other| other.span_id == span.parent_span_id));
    parents.map(|span| span.name.clone()).collect()
}

fn attribute<'s>(span: &'s Span, key: &str) -> Option<&'s str> {
    match span.attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text),
        _ => None,
    }
}

fn telemetry(collector: SocketAddr, sample_one_in: u64) -> TelemetryConfig {
    TelemetryConfig { endpoint: format!("http://{collector}"), sample_one_in, callers_decide: false, service_name: String::new() }
}

/// What a collector gets of a query over two subgraphs whose caller has begun a trace. The test's tasks share one thread, so that
/// its subscriber hears them all and no other test's.
async fn traced(reach: Reach, sample_one_in: u64) -> FakeCollector {
    let (collector, address) = FakeCollector::start().await;
    let traces = Traces::start(&telemetry(address, sample_one_in), "gateway").unwrap().unwrap();
    let subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(traces.layer()));
    let app = App::start_with(reach, config()).await;
    let gateway = serve_as_service(app.gateway.router()).await;
    let answer = app
        .client
        .post(format!("http://{gateway}/graphql"))
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&json!({ "query": "query Titles { tracks(first: 1) { title plays } }", "operationName": "Titles" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["data"]["tracks"][0]["plays"], 1);
    drop(subscriber);
    // As at the end of a drain: what waits is sent. The collector runs on this thread, so waiting happens on another.
    tokio::task::spawn_blocking(move || drop(traces)).await.unwrap();
    collector
}

#[tokio::test]
async fn a_query_over_two_subgraphs_is_one_trace() {
    for (reach, between) in [(Reach::InProcess, &[] as &[&str]), (Reach::Http, &["POST /graphql"])] {
        let collector = traced(reach, 1).await;
        let spans = collector.spans.lock().unwrap();
        let strangers: Vec<_> = spans.iter().filter(|span| span.trace_id != bytes(TRACE)).map(|span| &span.name).collect();
        assert!(strangers.is_empty(), "{strangers:?}");
        for name in ["library", "plays"] {
            let part = spans.iter().find(|span| span.name == "subgraph" && attribute(span, "subgraph") == Some(name));
            let way = way_up(&spans, part.unwrap_or_else(|| panic!("no span of {name}")));
            let expected: Vec<_> = ["subgraph"].iter().chain(between).chain(&["fetch", "operation", "POST /graphql"]).collect();
            assert_eq!(way.iter().collect::<Vec<_>>(), expected, "{name}");
        }
        let operation = spans.iter().find(|span| span.name == "operation").unwrap();
        assert_eq!(attribute(operation, "graphql.operation.name"), Some("Titles"));
        let first = spans.iter().find(|span| span.span_id == operation.parent_span_id).unwrap();
        assert_eq!(first.parent_span_id, bytes(CALLER), "the caller's span is the parent");
        assert!(collector.services.lock().unwrap().iter().all(|service| service == "gateway"));
    }
}

#[tokio::test]
async fn a_caller_cannot_make_itself_sampled() {
    // By its id, this trace is not among one in so many, whatever the caller's flag says.
    let collector = traced(Reach::InProcess, u64::MAX).await;
    assert_eq!(collector.spans.lock().unwrap().len(), 0);
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
