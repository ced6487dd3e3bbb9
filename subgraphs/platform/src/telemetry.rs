//! Log lines, readable or JSON, with the request's id on every line a request caused; metrics in Prometheus' text format.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Upper bounds, in seconds, of the duration histograms.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Begins logging as configured, to the standard error stream. Once a process; later calls change nothing.
pub fn init(config: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::builder()
        .parse(&config.filter)
        .map_err(|error| ConfigError::Value { key: "log.filter", problem: format!("is not a tracing filter: {error}") })?;
    let registry = tracing_subscriber::registry().with(filter);
    // A second `init` in one process (tests) keeps the first subscriber.
    let _ = match config.format {
        LogFormat::Pretty => registry
            .with(tracing_subscriber::fmt::layer().with_target(false).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Json => registry.with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init(),
    };
    Ok(())
}

/// All metrics of this process in Prometheus' text exposition format 0.0.4.
pub fn render_metrics() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Begins recording metrics; once a process.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS).ok()?.install_recorder().ok())
        .as_ref()
}
