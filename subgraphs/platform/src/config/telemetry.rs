//! Where traces go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where traces go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// An OTLP collector that takes protobuf over HTTP; empty: spans go nowhere.
    pub endpoint: String,
    /// One of so many traces is recorded.
    pub sample_one_in: u64,
    /// Whether the `sampled` flag of an incoming `traceparent` decides instead.
    pub callers_decide: bool,
    /// What the service is called in traces; empty: its own name.
    pub service_name: String,
}
