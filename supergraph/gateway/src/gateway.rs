//! The gateway as one value: what every request needs, and the routes that take requests.

use std::sync::Arc;

use axum::Router;
use kernel::{Clock, IdGenerator, OsRandomness};
use platform::config::GatewayConfig;
use tokio_util::sync::CancellationToken;

use crate::authentication::Authenticator;
use crate::http;
use crate::live_connections::LiveConnections;
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
    pub(crate) pipeline: Arc<Pipeline>,
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
        let GatewayOptions { supergraph_sdl, subgraphs, authenticator, clock, viewer_tokens, config, stop } = options;
        let pipeline = Pipeline::new(&supergraph_sdl, subgraphs, &viewer_tokens, &config)?;
        let ids = IdGenerator::new(clock.clone(), Arc::new(OsRandomness));
        let overload = Overload::new(&config.overload);
        let live_connections = LiveConnections::new(&config.live);
        Ok(Self { inner: Arc::new(Inner { pipeline: Arc::new(pipeline), authenticator, clock, ids, config, overload, live_connections, stop }) })
    }

    /// The supergraph as it is now. A request keeps the one it began with.
    pub(crate) fn pipeline(&self) -> Arc<Pipeline> {
        self.inner.pipeline.clone()
    }

    /// `/graphql` for queries, mutations and live operations, and the explorer at `/`.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }
}
