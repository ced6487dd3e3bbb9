//! The gateway's part of the configuration; each concern has a section of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Origins whose pages may call from a browser; `*` is any.
    pub allowed_origins: Vec<String>,
    /// What one request may ask for.
    pub limits: LimitsConfig,
    /// How subgraphs are called.
    pub subgraphs: SubgraphsConfig,
    /// What the process takes on at once.
    pub overload: OverloadConfig,
    /// Live connections.
    pub live: LiveConfig,
}

/// What one request may ask for. Counts of an operation are those of its text with the fragments put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Fields within one another; introspection is not counted.
    pub max_depth: usize,
    /// Fields altogether.
    pub max_height: usize,
    /// Aliases.
    pub max_aliases: usize,
    /// Fields at the top of an operation.
    pub max_root_fields: usize,
    /// Directives.
    pub max_directives: usize,
    /// Tokens of the text, fragments counted once.
    pub max_tokens: usize,
    /// The request body, in bytes.
    pub max_body_bytes: usize,
    /// Variables sent along.
    pub max_variables: usize,
    /// Values in all variables together: each number, text, list and object counts as one.
    pub max_variable_values: usize,
    /// The estimated cost of an operation.
    pub max_cost: u64,
    /// Items a list is assumed to have when the schema does not say (`@listSize`).
    pub assumed_list_size: u32,
    /// Whether answers tell their cost in `extensions.cost`; never in production.
    pub report_cost: bool,
}

/// How subgraphs are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubgraphsConfig {
    /// How long one fetch may take, in milliseconds.
    pub timeout_ms: u64,
    /// How long all fetches of one request may take together, in milliseconds; what is missing then is null.
    pub request_timeout_ms: u64,
    /// How often a fetch of a query is tried again when its subgraph cannot be reached; mutations never are.
    pub retries: usize,
    /// The pause before the first retry, in milliseconds; each further one is twice as long, plus chance.
    pub retry_pause_ms: u64,
    /// Fetches one subgraph gets at once.
    pub max_concurrent: usize,
    /// How long a fetch may wait for its turn among them, in milliseconds.
    pub max_wait_ms: u64,
    /// The largest answer of a subgraph, in bytes.
    pub max_answer_bytes: usize,
    /// Share of failed fetches at which a subgraph is left alone, in percent.
    pub breaker_failures_percent: u32,
    /// Fetches before that share means anything.
    pub breaker_min_fetches: u32,
    /// The time over which they are counted, in milliseconds.
    pub breaker_window_ms: u64,
    /// How long a subgraph is left alone before one fetch tries it again, in milliseconds.
    pub breaker_pause_ms: u64,
}

/// What the process takes on at once. Beyond it requests are refused early, with 503 and `Retry-After`; health checks never are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverloadConfig {
    /// Operations running at once.
    pub max_in_flight: usize,
    /// What `Retry-After` tells the refused, in seconds.
    pub retry_after_secs: u32,
}

/// Live connections: WebSockets and streamed answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveConfig {
    /// Connections one signed-in viewer may have.
    pub max_per_viewer: usize,
    /// Connections of the anonymous one address may have.
    pub max_per_address: usize,
    /// Operations one connection may run at once.
    pub max_operations: usize,
}
