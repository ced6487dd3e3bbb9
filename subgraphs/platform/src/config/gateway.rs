//! The gateway's part of the configuration; each concern has a section of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TransportConfig;

/// The gateway's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Levels of nesting an operation may have.
    pub max_depth: usize,
    /// Aliases an operation may have.
    pub max_aliases: usize,
    /// Tokens an operation may have.
    pub max_tokens: usize,
    /// How long one fetch from a subgraph may take, in milliseconds.
    pub subgraph_timeout_ms: u64,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Origins whose pages may call from a browser; `*` is any.
    pub allowed_origins: Vec<String>,
    /// How requests come in and answers go out.
    pub transport: TransportConfig,
}
