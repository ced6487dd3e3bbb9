//! The gateway as one value: what every request needs, and the routes that take requests.

use std::sync::Arc;

use axum::Router;
use kernel::{Clock, IdGenerator, OsRandomness, Viewer};
use platform::config::GatewayConfig;
use tokio_util::sync::CancellationToken;

use crate::authentication::Authenticator;
use crate::contract::Contracts;
use crate::http;
use crate::live_connections::LiveConnections;
use crate::operations::Operations;
use crate::options::GatewayOptions;
use crate::overload::Overload;
use crate::pipeline::Pipeline;
use crate::supergraph::LoadError;

/// The federation router. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    contracts: Contracts,
    pub(crate) operations: Operations,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdGenerator,
    pub(crate) config: GatewayConfig,
    pub(crate) overload: Overload,
    pub(crate) live_connections: LiveConnections,
    pub(crate) stop: CancellationToken,
}

impl Gateway {
    /// A gateway over the supergraph of `options`, or why it must not run.
    pub fn new(options: GatewayOptions) -> Result<Self, LoadError> {
        let GatewayOptions { supergraph_sdl, partner_sdl, subgraphs, authenticator, trusted_operations, operation_store, clock, viewer_tokens, config, stop } =
            options;
        let pipeline = |sdl: &str| Pipeline::new(sdl, subgraphs.clone(), &viewer_tokens, &config).map(Arc::new);
        let contracts = Contracts { whole: pipeline(&supergraph_sdl)?, partner: partner_sdl.as_deref().map(pipeline).transpose()? };
        let operations = Operations::new(config.operations.clone(), trusted_operations.as_deref(), operation_store, stop.clone())?;
        let ids = IdGenerator::new(clock.clone(), Arc::new(OsRandomness));
        let overload = Overload::new(&config.overload);
        let live_connections = LiveConnections::new(&config.live);
        Ok(Self { inner: Arc::new(Inner { contracts, operations, authenticator, clock, ids, config, overload, live_connections, stop }) })
    }

    /// The supergraph as it is now, as far as `viewer` sees it. A request keeps the one it began with.
    pub(crate) fn pipeline(&self, viewer: &Viewer) -> Arc<Pipeline> {
        self.inner.contracts.of(viewer).clone()
    }

    /// Whether `viewer` may see the plans and timings of its operations.
    pub(crate) fn traces(&self, viewer: &Viewer) -> bool {
        self.inner.config.diagnostics.trace.is_some_and(|audience| audience.includes(viewer))
    }

    /// `/graphql` for queries, mutations and live operations, the schema at `/schema.graphql`, and the explorer at `/`.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }
}
