//! Distributed traces: spans leave by OTLP, and the W3C trace context (<https://www.w3.org/TR/trace-context/>) comes and goes
//! with requests and events, so that one request is one trace through all services.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::runtime::TokioCurrentThread;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{ConfigError, TelemetryConfig};

/// The target of spans that belong in traces: `debug_span!(target: SPANS, …)`. Other libraries' spans are their own business,
/// and at this level ours stay out of log lines.
pub const SPANS: &str = "polyphony::spans";

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// How long an export may take; also how long a stop may wait for a collector that does not answer.
const EXPORT: Duration = Duration::from_secs(3);

/// Exports spans until it is dropped; then sends those that still wait.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// The exporter that `config` asks for, if it asks for one.
    pub fn start(config: &TelemetryConfig, service: &str) -> Result<Option<Self>, ConfigError> {
        if config.endpoint.is_empty() {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(EXPORT)
            .with_endpoint(format!("{}/v1/traces", config.endpoint.trim_end_matches('/')))
            .build()
            .map_err(|error| ConfigError::Value { key: "telemetry.endpoint", problem: error.to_string() })?;
        let name = if config.service_name.is_empty() { service } else { &config.service_name };
        let resource =
            Resource::builder_empty().with_service_name(name.to_owned()).with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build();
        // On a thread and runtime of its own: it works before the service's runtime starts and after it has stopped.
        let processor = BatchSpanProcessor::builder(exporter, TokioCurrentThread).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).with_sampler(sampler(config)).with_resource(resource).build();
        Ok(Some(Self { provider }))
    }

    /// The layer that makes traces of the spans named [`SPANS`], and marks in them what went wrong.
    pub fn layer<S>(&self) -> impl tracing_subscriber::Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let wanted = filter_fn(|metadata| if metadata.is_span() { metadata.target() == SPANS } else { *metadata.level() <= Level::WARN });
        let layer = tracing_opentelemetry::layer().with_tracer(self.provider.tracer("polyphony")).with_location(false).with_threads(false);
        tracing_subscriber::Layer::with_filter(layer, wanted.with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Sends what waits, now.
    pub fn flush(&self) {
        if let Err(error) = self.provider.force_flush() {
            tracing::warn!(%error, "spans could not be exported");
        }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last spans could not be exported");
        }
    }
}

/// Decided by the trace's id alone, all services of an installation decide alike without trusting what a client sends along.
fn sampler(config: &TelemetryConfig) -> Sampler {
    let share = Sampler::TraceIdRatioBased(1.0 / config.sample_one_in.max(1) as f64);
    if config.callers_decide { Sampler::ParentBased(Box::new(share)) } else { share }
}

/// Makes `span` a part of the trace that the headers of a request name, if they do.
pub fn continue_headers(span: &Span, headers: &HeaderMap) {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(parent) = text(TRACEPARENT) {
        continue_with(span, parent, text(TRACESTATE));
    }
}

/// Makes `span` a part of the trace of a `traceparent`, as an event carries it.
pub fn continue_text(span: &Span, traceparent: &str) {
    continue_with(span, traceparent, None);
}

fn continue_with(span: &Span, traceparent: &str, tracestate: Option<&str>) {
    let mut carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    carrier.extend(tracestate.map(|state| (TRACESTATE.to_owned(), state.to_owned())));
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    if context.span().span_context().is_valid() {
        // Refused when nothing is exported; then there is no trace to continue.
        let _ = span.set_parent(context);
    }
}

/// The trace that runs here now, as headers for a request to another service.
pub fn current_headers() -> HeaderMap {
    let headers = current().into_iter().filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?)));
    headers.collect()
}

/// The trace that runs here now as a `traceparent`, if one does.
pub fn current_text() -> Option<String> {
    current().remove(TRACEPARENT)
}

fn current() -> HashMap<String, String> {
    let mut carrier = HashMap::new();
    Context::map_current(|context| {
        if context.has_active_span() {
            TraceContextPropagator::new().inject_context(context, &mut carrier);
        }
    });
    carrier.retain(|_, value| !value.is_empty());
    carrier
}
