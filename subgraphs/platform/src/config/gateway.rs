//! The gateway's part of the configuration; each concern has a section of its own.

use std::path::PathBuf;

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
    /// Which operations clients may ask for.
    pub operations: OperationsConfig,
}

/// Which operations clients may ask for: our own apps' trusted ones by id, others as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationsConfig {
    /// The file of trusted operations; empty: those this program was built with.
    pub manifest: PathBuf,
    /// Clients, by the name they give, that must use trusted operations only.
    pub trusted_clients: Vec<String>,
    /// Who else may send operations as text.
    pub free_text: FreeText,
    /// Whether whoever may send a text may later name it by its hash.
    pub automatic: bool,
    /// How much of such text is kept, in bytes.
    pub automatic_max_bytes: u64,
}

/// Who may send operations as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreeText {
    /// Everybody.
    Everybody,
    /// Whoever is signed in.
    SignedIn,
    /// Nobody: only trusted operations run.
    Nobody,
    /// How requests come in and answers go out.
    pub transport: TransportConfig,
}
