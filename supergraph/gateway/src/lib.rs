//! The federation router: one GraphQL endpoint over all subgraphs.
//!
//! The planner and executor are `hive-router`'s, used as a library; every contact with clients is ours. A request's way is
//! the list of files: `http/` or `websocket/` take it, `entrance` finds out where it comes from (`caller`), who it is for
//! (`authentication`, `api_key`), who pays (`rate`) and which program asks (`client`), `admission` lets it in (`operations` finds
//! which operation is meant), `contract` says how much of the supergraph it sees, and then `pipeline/` goes parse → validate →
//! normalise → variables → authorise → plan → execute (or live) → errors. `subgraph/` reaches the subgraphs, in this process or
//! in others. `record` and `meter` keep what is told of an operation afterwards.
//!
//! Promises: an invalid or expired token or key is an error, never silent anonymity; every error has an `extensions.code` and holds
//! no internals; a failing subgraph costs only its own fields; nothing is buffered without bound.

mod access;
mod admission;
mod api_key;
mod authentication;
mod caller;
mod client;
mod contract;
mod durations;
mod entity_cache;
mod entity_events;
mod entrance;
mod explorer;
mod foreign_tokens;
mod gateway;
mod http;
mod jwks;
mod lifetime;
mod live_connections;
mod meter;
mod metrics;
mod names;
mod operations;
mod options;
mod overload;
pub mod parsers;
mod pipeline;
mod places;
pub mod public_schema;
mod rate;
mod readiness;
mod record;
mod reload;
mod revocation;
mod schema;
mod sharing;
mod subgraph;
mod supergraph;
mod websocket;

pub use api_key::ApiKeySource;
pub use authentication::{AuthenticationError, Authenticator, Proof};
pub use contract::Contract;
pub use foreign_tokens::{ForeignTokens, RemoteKeys};
pub use gateway::Gateway;
pub use jwks::{JwksAuthenticator, KeySource};
pub use meter::UsageReports;
pub use operations::{EmbeddedOperationStore, ManifestError, OperationStore, OperationsError};
pub use options::{GatewayOptions, InvalidUrl, Peers, SubgraphTarget};
pub use revocation::{RevocationSource, Revocations};
pub use supergraph::LoadError;
