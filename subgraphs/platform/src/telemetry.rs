//! What a process tells about itself: log lines, readable or JSON, with the request's id on every line a request caused;
//! spans by OTLP, where an endpoint is configured; metrics in Prometheus' text format.

mod traces;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{Config, ConfigError, LogFormat};

pub use traces::{SPANS, Traces, continue_headers, continue_text, current_headers, current_text};

/// Upper bounds, in seconds, of the duration histograms: fine where the numbers that must hold lie, up to the longest timeout.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What runs for the whole process. Dropped last, it sends the spans that still wait.
#[derive(Debug)]
#[must_use = "dropped, it ends the export of spans"]
pub struct Telemetry {
    _traces: Option<Traces>,
}

/// Begins logging to the standard error stream and exporting spans, as configured, for `service`. Once a process; later calls
/// change nothing.
pub fn init(config: &Config, service: &str) -> Result<Telemetry, ConfigError> {
    let filter = EnvFilter::builder()
        .parse(&config.log.filter)
        .map_err(|error| ConfigError::Value { key: "log.filter", problem: format!("is not a tracing filter: {error}") })?;
    let traces = Traces::start(&config.telemetry, service)?;
    let lines = match config.log.format {
        LogFormat::Pretty => {
            tracing_subscriber::fmt::layer().with_target(false).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).boxed()
        }
        LogFormat::Json => tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    };
    // A second `init` in one process (tests) keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(traces.as_ref().map(Traces::layer)).with(lines.with_filter(filter)).try_init();
    Ok(Telemetry { _traces: traces })
}

/// All metrics of this process in Prometheus' text exposition format 0.0.4.
pub fn render_metrics() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Begins recording metrics; once a process. Descriptions given before are lost.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS).ok()?.install_recorder().ok())
        .as_ref()
}
