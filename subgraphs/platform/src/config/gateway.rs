//! The gateway's part of the configuration; each concern has a section of its own.

use std::path::PathBuf;

use kernel::{Role, Viewer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Environment, TransportConfig};

/// The gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Origins whose pages may call from a browser; `*` is any.
    pub allowed_origins: Vec<String>,
    /// Which operations clients may ask for.
    pub operations: OperationsConfig,
    /// How much may be asked for.
    pub rate: RateConfig,
    /// What needs no credential.
    pub access: AccessConfig,
    /// How requests come in and answers go out.
    pub transport: TransportConfig,
    /// Who may read the schema.
    pub schema: SchemaConfig,
    /// What answers tell developers.
    pub diagnostics: DiagnosticsConfig,
    /// What one request may ask for.
    pub limits: LimitsConfig,
    /// How subgraphs are called.
    pub subgraphs: SubgraphsConfig,
    /// What the process takes on at once.
    pub overload: OverloadConfig,
    /// Live connections.
    pub live: LiveConfig,
    /// What the gateway serves.
    pub supergraph: SupergraphConfig,
    /// How finely it is measured.
    pub metrics: MetricsConfig,
    /// What clients share who ask the same.
    pub sharing: SharingConfig,
    /// Entities that are kept.
    pub entity_cache: EntityCacheConfig,
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

/// How much may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    /// Requests a minute of an address that shows no credential.
    pub anonymous_per_minute: u32,
    /// Requests a minute of a signed-in user.
    pub free_per_minute: u32,
    /// Requests a minute of a signed-in user whose account is premium.
    pub premium_per_minute: u32,
    /// How much of an operation's estimated cost counts as one more request; 0: cost counts nothing.
    pub cost_per_unit: u64,
    /// Addresses or networks (CIDR) of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
}

/// What needs no credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessConfig {
    /// Scopes that requests without a credential have.
    pub anonymous_scopes: Vec<String>,
}

impl GatewayConfig {
    /// Settles what the environment decides, and refuses limits that would let nothing through.
    pub(super) fn complete(&mut self, environment: Environment) -> Result<(), ConfigError> {
        let (everyone_or_nobody, everyone_or_admins) = match environment {
            Environment::Development => (Audience::Everyone, Audience::Everyone),
            Environment::Production => (Audience::Nobody, Audience::Admins),
        };
        self.schema.introspection.get_or_insert(everyone_or_nobody);
        self.schema.download.get_or_insert(everyone_or_nobody);
        self.diagnostics.deprecations.get_or_insert(everyone_or_nobody);
        self.diagnostics.trace.get_or_insert(everyone_or_admins);
        self.refuse_zeroes()?;
        if self.subgraphs.breaker_failures_percent > 100 {
            return Err(ConfigError::Value { key: "gateway.subgraphs.breaker_failures_percent", problem: "must be at most 100".into() });
        }
        Ok(())
    }

    fn refuse_zeroes(&self) -> Result<(), ConfigError> {
        let (limits, subgraphs) = (&self.limits, &self.subgraphs);
        let zeroes = [
            ("gateway.limits.max_depth", limits.max_depth == 0),
            ("gateway.limits.max_height", limits.max_height == 0),
            ("gateway.limits.max_root_fields", limits.max_root_fields == 0),
            ("gateway.limits.max_tokens", limits.max_tokens == 0),
            ("gateway.limits.max_body_bytes", limits.max_body_bytes == 0),
            ("gateway.limits.max_cost", limits.max_cost == 0),
            ("gateway.limits.assumed_list_size", limits.assumed_list_size == 0),
            ("gateway.subgraphs.timeout_ms", subgraphs.timeout_ms == 0),
            ("gateway.subgraphs.request_timeout_ms", subgraphs.request_timeout_ms == 0),
            ("gateway.subgraphs.max_concurrent", subgraphs.max_concurrent == 0),
            ("gateway.subgraphs.max_answer_bytes", subgraphs.max_answer_bytes == 0),
            ("gateway.subgraphs.breaker_failures_percent", subgraphs.breaker_failures_percent == 0),
            ("gateway.subgraphs.breaker_window_ms", subgraphs.breaker_window_ms == 0),
            ("gateway.overload.max_in_flight", self.overload.max_in_flight == 0),
            ("gateway.live.max_operations", self.live.max_operations == 0),
            ("gateway.transport.body_timeout_ms", self.transport.body_timeout_ms == 0),
            ("gateway.transport.init_timeout_ms", self.transport.init_timeout_ms == 0),
            ("gateway.transport.heartbeat_ms", self.transport.heartbeat_ms == 0),
        ];
        match zeroes.into_iter().find(|(_, zero)| *zero) {
            Some((key, _)) => Err(ConfigError::Value { key, problem: "must be at least 1".into() }),
            None => Ok(()),
        }
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

/// How finely the gateway is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsConfig {
    /// Operations counted by their name beyond those of the trusted manifest.
    pub operation_names: usize,
    /// Clients counted by their name.
    pub client_names: usize,
}

/// What the gateway serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupergraphConfig {
    /// The composed supergraph, followed while the gateway runs; empty: the one the program was built with.
    pub file: PathBuf,
    /// The part of it that partners see, composed as a contract and followed as well; empty: the one the program was built with.
    pub partner_file: PathBuf,
}

/// What clients share who ask the same: same operation, same variables, same viewer. Who is not signed in is one viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharingConfig {
    /// Whether identical queries in flight get one answer.
    pub queries: bool,
    /// Whether identical live operations have one source.
    pub live: bool,
    /// Whether who joins a live operation that runs is first told its latest answer.
    pub greet: bool,
}

/// Entities that are kept for as long as `@cacheControl` allows, and until an event names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityCacheConfig {
    /// Whether any are.
    pub enabled: bool,
    /// How much is kept, in bytes; what is used least goes first.
    pub max_bytes: u64,
}
