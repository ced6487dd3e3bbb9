//! The shop of the public benchmark for federation gateways: four subgraphs that refer to each other, and its one large query.
//! The subgraphs compute nothing and wait for nothing, so that what is measured is the gateway.

mod data;
mod merged;
mod subgraphs;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use async_trait::async_trait;
use axum::extract::State;
use axum::routing::{get, post};
use gateway::{AuthenticationError, Authenticator, EmbeddedOperationStore, Gateway, GatewayOptions, Peers, Proof, SubgraphTarget};
use platform::chassis::Service;
use platform::config::Audience;
use platform::subgraph::Subgraph;
use platform::{Config, Platform};
use tokio_util::sync::CancellationToken;

use crate::child::listen;

/// The composed supergraph.
pub(crate) const SUPERGRAPH: &str = include_str!("supergraph.graphql");
/// Its subgraphs.
pub(crate) const SUBGRAPHS: [&str; 4] = ["accounts", "inventory", "products", "reviews"];
/// The public benchmark's operation.
pub(crate) const QUERY: &str = "fragment User on User { id username name } fragment Review on Review { id body } \
    fragment Product on Product { inStock name price shippingEstimate upc weight } \
    query TestQuery { \
    users { ...User reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } } } \
    topProducts(first: 5) { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } }";

/// Where a subgraph of the process at `address` is.
pub(crate) fn subgraph_url(address: SocketAddr, name: &str) -> String {
    format!("http://{address}/{name}")
}

/// Serves all four subgraphs, as plainly as can be.
pub(crate) async fn serve_subgraphs(address: SocketAddr) {
    let mut router = axum::Router::new().route("/health/ready", get(|| async { "ready\n" }));
    for subgraph in subgraphs::all() {
        router = router.route(&format!("/{}", subgraph.name()), post(execute).with_state(subgraph));
    }
    axum::serve(listen(address).await, router).await.expect("the server runs");
}

async fn execute(State(subgraph): State<Arc<dyn Subgraph>>, request: GraphQLRequest) -> GraphQLResponse {
    subgraph.execute(request.into_inner()).await.into()
}

/// Serves the one schema that needs no gateway.
pub(crate) async fn serve_merged(address: SocketAddr) {
    async fn execute(State(schema): State<merged::Merged>, request: GraphQLRequest) -> GraphQLResponse {
        schema.execute(request.into_inner()).await.into()
    }
    let router = axum::Router::new().route("/health/ready", get(|| async { "ready\n" })).route("/graphql", post(execute).with_state(merged::schema()));
    axum::serve(listen(address).await, router).await.expect("the server runs");
}

/// Serves our gateway over the subgraphs at `subgraphs`, or over subgraphs in this very process; in the chassis that all our services
/// run in, with their logs and metrics.
pub(crate) async fn serve_gateway(address: SocketAddr, data: &Path, subgraphs: Option<SocketAddr>) {
    let mut config = Config::embedded(data).expect("the compiled configuration is sound");
    config.listen = address;
    // Identical queries must each be run: what is measured is running them.
    config.gateway.sharing.queries = false;
    config.gateway.entity_cache.enabled = false;
    // The query asks for lists of lists of lists, and nobody else tells its cost.
    config.gateway.limits.max_cost = u64::MAX;
    config.gateway.limits.report_cost = false;
    config.gateway.diagnostics.deprecations = Some(Audience::Nobody);
    let platform = Platform::open(config).await.expect("the platform opens");
    let targets: HashMap<_, _> = match subgraphs {
        Some(at) => SUBGRAPHS.map(|name| (name.to_owned(), SubgraphTarget::http(&subgraph_url(at, name)).expect("an address"))).into(),
        None => subgraphs::all().map(|subgraph| (subgraph.name().to_owned(), SubgraphTarget::InProcess(subgraph))).into(),
    };
    let stop = CancellationToken::new();
    let gateway = Gateway::new(GatewayOptions {
        supergraph_sdl: SUPERGRAPH.to_owned(),
        partner_sdl: None,
        subgraphs: targets,
        authenticator: Arc::new(Nobody),
        api_keys: None,
        rate_limiter: None,
        usage_reports: None,
        trusted_operations: None,
        operation_store: Arc::new(EmbeddedOperationStore::new(platform.config.gateway.operations.automatic_max_bytes)),
        clock: platform.clock.clone(),
        // As `gateway --supergraph FILE` speaks to subgraphs that are not ours.
        peers: Peers::Foreign { forward: Vec::new() },
        config: platform.config.gateway.clone(),
        stop: stop.clone(),
    })
    .expect("the gateway takes the supergraph");
    let listener = listen(address).await;
    Service::new(platform).with_router(gateway.router()).run(listener, stop).await.expect("the server runs");
}

/// The shop knows nobody.
struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    async fn authenticate(&self, _token: &str) -> Result<Proof, AuthenticationError> {
        Err(AuthenticationError::Invalid)
    }
}
