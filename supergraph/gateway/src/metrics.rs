//! Every metric of the gateway, in one place. `/metrics` shows the same descriptions.
//!
//! Operations and clients name themselves, so their names are labels only within the bounds of [`Names`](crate::names::Names);
//! beyond them they are `other`. Names of trusted operations are always labels. An operation without a name is `unnamed`, a client without one `unknown`.

use std::sync::LazyLock;

use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};

/// By `operation`, `kind` (`query`, `mutation`, `subscription`, `none`), `outcome` (see [`Outcome`](crate::record::Outcome))
/// and `client`.
pub(crate) const OPERATION: &str = "gateway_operation_seconds";
/// By `subgraph` and `outcome`: `answered`, or why it brought nothing.
pub(crate) const FETCH: &str = "gateway_fetch_seconds";
pub(crate) const LIVE: &str = "gateway_live_operations";
pub(crate) const SOCKETS: &str = "gateway_sockets";
/// Of a shared live operation, or of a connection.
pub(crate) const SLOW_READERS: &str = "gateway_slow_readers_total";
/// By `outcome` (`accepted`, `refused`).
pub(crate) const RELOADS: &str = "gateway_supergraph_reloads_total";
pub(crate) const LIVE_REFUSED: &str = "gateway_live_connections_refused_total";
/// By `how` (`trusted`, `automatic`, `registered`, `text`).
const OPERATIONS_FOUND: &str = "gateway_operations_found_total";
pub(crate) const RATE_LIMITED: &str = "gateway_rate_limited_total";
pub(crate) const SHED: &str = "gateway_shed_total";
/// By `subgraph` and `reason`.
pub(crate) const SUBGRAPH_FAILURES: &str = "gateway_subgraph_failures_total";
/// By `subgraph`.
pub(crate) const SUBGRAPH_RETRIES: &str = "gateway_subgraph_retries_total";
/// By `subgraph`.
pub(crate) const LEFT_ALONE: &str = "gateway_subgraph_left_alone";
const COST_ACTUAL: &str = "gateway_cost_actual";
const COST_ESTIMATED: &str = "gateway_cost_estimated";

/// By `found` (`yes`, `no`).
pub(crate) const KEPT_ENTITIES: &str = "gateway_kept_entities_total";
pub(crate) const SHARED_ANSWERS: &str = "gateway_shared_answers_total";
pub(crate) const SHARED_LIVE: &str = "gateway_shared_live_operations_total";

// What every operation records is looked up once.
pub(crate) static ACTUAL_COSTS: LazyLock<Histogram> = LazyLock::new(|| recorded(|| histogram!(COST_ACTUAL)));
pub(crate) static ESTIMATED_COSTS: LazyLock<Histogram> = LazyLock::new(|| recorded(|| histogram!(COST_ESTIMATED)));
pub(crate) static TRUSTED: LazyLock<Counter> = LazyLock::new(|| found("trusted"));
pub(crate) static AUTOMATIC: LazyLock<Counter> = LazyLock::new(|| found("automatic"));
pub(crate) static REGISTERED: LazyLock<Counter> = LazyLock::new(|| found("registered"));
pub(crate) static TEXT: LazyLock<Counter> = LazyLock::new(|| found("text"));

fn found(how: &'static str) -> Counter {
    recorded(|| counter!(OPERATIONS_FOUND, "how" => how))
}

/// Whatever was looked up before there is a recorder would count nothing for ever.
fn recorded<T>(look_up: impl FnOnce() -> T) -> T {
    platform::telemetry::recorder();
    look_up()
}

/// Gives each metric its `HELP` line.
pub(crate) fn describe() {
    // A recorder that is installed later would not hear of it.
    platform::telemetry::recorder();
    describe_histogram!(OPERATION, Unit::Seconds, "Time from an operation's arrival to its last answer.");
    describe_histogram!(FETCH, Unit::Seconds, "Time of one fetch from a subgraph.");
    describe_gauge!(LIVE, "Live operations that run now.");
    describe_gauge!(SOCKETS, "WebSockets that are open now.");
    describe_counter!(SLOW_READERS, "Connections and live operations dropped because their client read too slowly.");
    describe_counter!(RELOADS, "Supergraphs that were offered while the gateway ran.");
    describe_counter!(LIVE_REFUSED, "Live connections refused because their viewer or address had too many.");
    describe_counter!(OPERATIONS_FOUND, "Operations by the way in which their text was found.");
    describe_counter!(RATE_LIMITED, "Requests refused because their payer has nothing left.");
    describe_counter!(SHED, "Requests refused because there was too much to do.");
    describe_counter!(SUBGRAPH_FAILURES, "Fetches that brought nothing.");
    describe_counter!(SUBGRAPH_RETRIES, "Fetches tried again.");
    describe_gauge!(LEFT_ALONE, "Whether a subgraph fails too often and is left alone for a while (1) or not (0).");
    describe_counter!(KEPT_ENTITIES, "Entities that were looked for among those that are kept.");
    describe_counter!(SHARED_ANSWERS, "Queries that were given the answer of an identical one in flight.");
    describe_counter!(SHARED_LIVE, "Live operations that joined an identical one.");
    describe_histogram!(COST_ACTUAL, "Cost of operations by what was answered; of each sixteenth where neither clients nor payers want to know.");
    describe_histogram!(COST_ESTIMATED, "Cost of operations by what they ask for.");
}
