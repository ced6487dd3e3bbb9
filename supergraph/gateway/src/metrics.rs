//! Every metric of the gateway, in one place. `/metrics` shows the same descriptions.
//!
//! Operations and clients name themselves, so their names are labels only within the bounds of [`Names`](crate::names::Names);
//! beyond them they are `other`. Names of trusted operations are always labels. An operation without a name is `unnamed`, a client without one `unknown`.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// By `operation`, `kind` (`query`, `mutation`, `subscription`, `none`), `outcome` (see [`Outcome`](crate::record::Outcome))
/// and `client`.
pub(crate) const OPERATION: &str = "gateway_operation_seconds";
/// By `subgraph`, `outcome` (`answered`, `failed`, `timeout`).
pub(crate) const FETCH: &str = "gateway_fetch_seconds";
pub(crate) const LIVE: &str = "gateway_live_operations";
pub(crate) const SOCKETS: &str = "gateway_sockets";
pub(crate) const SLOW_READERS: &str = "gateway_slow_readers_total";
/// By `outcome` (`accepted`, `refused`).
pub(crate) const RELOADS: &str = "gateway_supergraph_reloads_total";

/// Gives each metric its `HELP` line.
pub(crate) fn describe() {
    // A recorder that is installed later would not hear of it.
    platform::telemetry::recorder();
    describe_histogram!(OPERATION, Unit::Seconds, "Time from an operation's arrival to its last answer.");
    describe_histogram!(FETCH, Unit::Seconds, "Time of one fetch from a subgraph.");
    describe_gauge!(LIVE, "Live operations that run now.");
    describe_gauge!(SOCKETS, "WebSockets that are open now.");
    describe_counter!(SLOW_READERS, "Connections dropped because their client read too slowly.");
    describe_counter!(RELOADS, "Supergraphs that were offered while the gateway ran.");
}
