//! The gateway's part of the configuration; each concern has a section of its own.

use std::path::PathBuf;

use kernel::{Role, Viewer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Environment, TransportConfig};

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
    /// How requests come in and answers go out.
    pub transport: TransportConfig,
    /// Who may read the schema.
    pub schema: SchemaConfig,
    /// What answers tell developers.
    pub diagnostics: DiagnosticsConfig,
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
}

impl GatewayConfig {
    /// Settles what the environment decides.
    pub(super) fn complete(&mut self, environment: Environment) {
        let (everyone_or_nobody, everyone_or_admins) = match environment {
            Environment::Development => (Audience::Everyone, Audience::Everyone),
            Environment::Production => (Audience::Nobody, Audience::Admins),
        };
        self.schema.introspection.get_or_insert(everyone_or_nobody);
        self.schema.download.get_or_insert(everyone_or_nobody);
        self.diagnostics.deprecations.get_or_insert(everyone_or_nobody);
        self.diagnostics.trace.get_or_insert(everyone_or_admins);
    }
}

/// For whom something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Whoever asks.
    Everyone,
    /// Whoever has shown a valid credential.
    SignedIn,
    /// Those who run the service.
    Admins,
    /// Nobody.
    Nobody,
}

impl Audience {
    /// Whether `viewer` belongs to it.
    pub fn includes(self, viewer: &Viewer) -> bool {
        match self {
            Self::Everyone => true,
            Self::SignedIn => *viewer != Viewer::Anonymous,
            Self::Admins => viewer.session().is_some_and(|session| session.role == Role::Admin),
            Self::Nobody => false,
        }
    }
}

/// Who may read the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaConfig {
    /// By introspection; left out: everyone in development, nobody in production.
    pub introspection: Option<Audience>,
    /// By `GET /schema.graphql`; left out: everyone in development, nobody in production.
    pub download: Option<Audience>,
}

/// What answers tell developers in their `extensions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticsConfig {
    /// Who is told which deprecated parts of the schema an operation uses; left out: everyone in development, nobody in
    /// production.
    pub deprecations: Option<Audience>,
    /// Who gets an operation's plan and timing when asking with the header `x-polyphony-trace`; left out: everyone in
    /// development, admins in production.
    pub trace: Option<Audience>,
}
