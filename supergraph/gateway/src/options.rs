//! What a gateway is made of, and the limits that are not configuration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use kernel::Clock;
use platform::config::GatewayConfig;
use platform::rate_limiter::RateLimiter;
use platform::subgraph::Subgraph;
use platform::viewer_token::ViewerTokens;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::api_key::ApiKeySource;
use crate::authentication::Authenticator;
use crate::meter::UsageReports;
use crate::operations::OperationStore;

/// What a gateway is made of.
pub struct GatewayOptions {
    /// The composed supergraph.
    pub supergraph_sdl: String,
    /// The part of it that partners see, composed as a contract; without one they see all of it.
    pub partner_sdl: Option<String>,
    /// Where each subgraph of it is, by its name there. Foreign ones that are not here are where the supergraph says.
    pub subgraphs: HashMap<String, SubgraphTarget>,
    /// Turns access tokens into viewers.
    pub authenticator: Arc<dyn Authenticator>,
    /// Where API keys of partners are kept; without it none is accepted.
    pub api_keys: Option<Arc<dyn ApiKeySource>>,
    /// Counts what everybody asks for; without it nobody is limited, and no answer tells of limits.
    pub rate_limiter: Option<Arc<dyn RateLimiter>>,
    /// Where the use of API keys is told; without it nobody counts it.
    pub usage_reports: Option<UsageReports>,
    /// The manifest of trusted operations, unless the configuration names a file; without either there are none.
    pub trusted_operations: Option<String>,
    /// Keeps the texts of automatic persisted queries.
    pub operation_store: Arc<dyn OperationStore>,
    /// The time by which tokens end.
    pub clock: Arc<dyn Clock>,
    /// Whose services the subgraphs in other processes are.
    pub peers: Peers,
    /// Limits an operator may set.
    pub config: GatewayConfig,
    /// Cancelled when the process drains: live connections are then told to go elsewhere.
    pub stop: CancellationToken,
}

/// Whose services the subgraphs in other processes are: decides how they are spoken to and what they are told.
#[derive(Clone)]
pub enum Peers {
    /// Polyphony's own: HTTP/2 without negotiation, and a token that tells who a request is for.
    Polyphony(ViewerTokens),
    /// Anybody's, of whom only the federation specification is known.
    Foreign {
        /// Headers of clients that are passed on to them.
        forward: Vec<HeaderName>,
    },
}

/// Where a subgraph is.
#[derive(Clone)]
pub enum SubgraphTarget {
    /// In this process, called without HTTP.
    InProcess(Arc<dyn Subgraph>),
    /// Behind HTTP, and WebSocket for live operations.
    Http {
        /// Takes queries and mutations by POST.
        url: Url,
        /// Takes live operations by graphql-transport-ws.
        ws_url: Url,
    },
}

/// The address of a subgraph is none.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not the http or https address of a subgraph, without a name and password")]
pub struct InvalidUrl(String);

impl SubgraphTarget {
    /// The subgraph at `url`, which takes live operations at the same address with the scheme `ws` or `wss`.
    pub fn http(url: &str) -> Result<Self, InvalidUrl> {
        let invalid = || InvalidUrl(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| invalid())?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            // Would be sent nowhere; nor are they for a log.
            let shown = format!("{}://…@{}", parsed.scheme(), parsed.host_str().unwrap_or_default());
            return Err(InvalidUrl(shown));
        }
        let mut ws_url = parsed.clone();
        let scheme = match parsed.scheme() {
            "http" => "ws",
            "https" => "wss",
            _ => return Err(invalid()),
        };
        ws_url.set_scheme(scheme).map_err(|()| invalid())?;
        Ok(Self::Http { url: parsed, ws_url })
    }
}

/// Brackets within one another in a request's JSON. Parsers recurse and the stack is finite: without optimisation, 100 levels
/// were seen to overflow the 2 MiB of a worker thread.
pub(crate) const MAX_JSON_NESTING: usize = 40;
/// Brackets within one another in the answer of a subgraph in another process, for the same reason. An operation of the usual depth
/// limit, a list at each level, has 42.
pub(crate) const MAX_ANSWER_NESTING: usize = 64;
/// Fields within one another in an operation with its fragments put in, for the same reason; introspection counts here too.
/// The usual introspection query has 14.
pub(crate) const MAX_OPERATION_NESTING: usize = 40;
/// Operations whose parsed and planned form is kept.
pub(crate) const CACHED_OPERATIONS: u64 = 2_000;
/// How long planning one operation may take: a pathological one must not hold a core.
pub(crate) const PLANNING: Duration = Duration::from_secs(2);
/// Answers waiting to be written to one WebSocket or stream.
pub(crate) const OUTGOING: usize = 32;
/// How long an answer may wait for room among them before the reader counts as too slow.
pub(crate) const SLOW_READER: Duration = Duration::from_secs(5);
/// How often an idle WebSocket is pinged; silent for two of these, it counts as gone.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// The largest message a WebSocket may send.
pub(crate) const MAX_SOCKET_MESSAGE: usize = 256 * 1024;
/// tungstenite reserves 128 KiB a connection for each direction by default; ten thousand listeners cannot afford that.
pub(crate) const SOCKET_BUFFER: usize = 4 * 1024;
/// What a client says is short; what is longer is read in more steps.
pub(crate) const CLIENT_READ_BUFFER: usize = 512;
/// What may wait unwritten in one WebSocket before writing fails.
pub(crate) const MAX_SOCKET_WRITE_BUFFER: usize = 4 * 1024 * 1024;
