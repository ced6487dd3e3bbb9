//! The gateway as one value: what every request needs, and the routes that take requests.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::{HeaderMap, HeaderName};
use kernel::{Clock, IdGenerator, OsRandomness, Viewer};
use platform::config::GatewayConfig;
use platform::context::Task;
use platform::watch::Watch;
use tokio_util::sync::CancellationToken;

use crate::api_key::ApiKeys;
use crate::authentication::Authenticator;
use crate::caller::TrustedProxies;
use crate::contract::{Contract, Contracts};
use crate::durations::Durations;
use crate::live_connections::LiveConnections;
use crate::meter::Meter;
use crate::names::Names;
use crate::operations::Operations;
use crate::options::{GatewayOptions, Peers, SubgraphTarget};
use crate::overload::Overload;
use crate::pipeline::Pipeline;
use crate::rate::Rate;
use crate::supergraph::LoadError;
use crate::{http, metrics};

/// The federation router. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// The supergraph that the gateway began with, and the part of it for partners.
    supergraph_sdl: String,
    partner_sdl: Option<String>,
    contracts: ArcSwap<Contracts>,
    subgraphs: HashMap<String, SubgraphTarget>,
    peers: Peers,
    pub(crate) operations: Operations,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) api_keys: ApiKeys,
    pub(crate) proxies: TrustedProxies,
    pub(crate) rate: Rate,
    pub(crate) meter: Arc<Meter>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: IdGenerator,
    pub(crate) operation_names: Names,
    pub(crate) client_names: Names,
    pub(crate) durations: Durations,
    pub(crate) config: GatewayConfig,
    pub(crate) overload: Overload,
    pub(crate) live_connections: LiveConnections,
    pub(crate) stop: CancellationToken,
}

impl Gateway {
    /// A gateway over the supergraph of `options`, or why it must not run.
    pub fn new(options: GatewayOptions) -> Result<Self, LoadError> {
        let GatewayOptions {
            supergraph_sdl,
            partner_sdl,
            subgraphs,
            authenticator,
            api_keys,
            rate_limiter,
            usage_reports,
            trusted_operations,
            operation_store,
            clock,
            peers,
            config,
            stop,
        } = options;
        // Before what keeps its own metrics at hand.
        metrics::describe();
        let pipeline = |sdl: &str| Pipeline::new(sdl, subgraphs.clone(), &peers, &clock, &config).map(Arc::new);
        let contracts = Contracts { whole: pipeline(&supergraph_sdl)?, partner: partner_sdl.as_deref().map(pipeline).transpose()? };
        let operations = Operations::new(config.operations.clone(), trusted_operations.as_deref(), operation_store, stop.clone())?;
        let proxies = TrustedProxies::parse(&config.rate.trusted_proxies).map_err(LoadError::TrustedProxy)?;
        Ok(Self {
            inner: Arc::new(Inner {
                supergraph_sdl,
                partner_sdl,
                contracts: ArcSwap::from_pointee(contracts),
                subgraphs,
                peers,
                operations,
                authenticator,
                api_keys: ApiKeys::new(api_keys, clock.clone()),
                proxies,
                rate: Rate::new(rate_limiter, config.rate.clone()),
                meter: Arc::new(Meter::new(usage_reports, clock.clone())),
                ids: IdGenerator::new(clock.clone(), Arc::new(OsRandomness)),
                clock,
                operation_names: Names::new(config.metrics.operation_names, "unnamed"),
                client_names: Names::new(config.metrics.client_names, "unknown"),
                durations: Durations::default(),
                overload: Overload::new(&config.overload),
                live_connections: LiveConnections::new(&config.live),
                config,
                stop,
            }),
        })
    }

    /// Whether the supergraph has a subgraph of this name.
    pub fn has_subgraph(&self, name: &str) -> bool {
        self.inner.contracts.load().whole.has_subgraph(name)
    }

    /// Of a client's headers those that its subgraphs are to see.
    pub(crate) fn forwarded(&self, headers: &HeaderMap) -> Arc<HeaderMap> {
        static NONE: LazyLock<Arc<HeaderMap>> = LazyLock::new(Arc::default);
        let forward = match &self.inner.peers {
            Peers::Foreign { forward } if !forward.is_empty() => forward,
            Peers::Foreign { .. } | Peers::Polyphony(_) => return NONE.clone(),
        };
        let values = |name: &HeaderName| headers.get_all(name).iter().map(|value| (name.clone(), value.clone())).collect::<Vec<_>>();
        let mut forwarded = HeaderMap::new();
        for (name, value) in forward.iter().flat_map(values) {
            forwarded.append(name, value);
        }
        Arc::new(forwarded)
    }

    /// A watch on `file`, from which the gateway's first supergraph of this contract was read.
    pub fn watch(&self, contract: Contract, file: impl Into<PathBuf>) -> Watch {
        let known = match contract {
            Contract::Whole => self.inner.supergraph_sdl.as_str(),
            Contract::Partner => self.inner.partner_sdl.as_deref().unwrap_or_default(),
        };
        Watch::new(file, known)
    }

    /// Serves another supergraph from now on, over the same subgraphs; one that must not run is refused and the old one stays.
    ///
    /// Requests that have begun, and live operations for as long as they last, go on with the supergraph they began with. Should
    /// the subgraph of a live operation's source go away, the operation ends with UNAVAILABLE, as it would without a reload.
    ///
    /// Planning data of a large supergraph takes a while to build: call it off the request path.
    pub fn reload(&self, contract: Contract, supergraph_sdl: &str) -> Result<(), LoadError> {
        let inner = &self.inner;
        let pipeline = Arc::new(Pipeline::new(supergraph_sdl, inner.subgraphs.clone(), &inner.peers, &inner.clock, &inner.config)?);
        inner.contracts.rcu(|now| now.with(contract, pipeline.clone()));
        Ok(())
    }

    /// The supergraph as it is now, as far as `viewer` sees it. A request keeps the one it began with.
    pub(crate) fn pipeline(&self, viewer: &Viewer) -> Arc<Pipeline> {
        self.inner.contracts.load().of(viewer).clone()
    }

    /// Forgets all that is kept of the entity with this id, whoever may see it.
    pub(crate) async fn forget(&self, entity: &str) {
        let contracts = self.inner.contracts.load_full();
        for pipeline in contracts.all() {
            pipeline.forget(entity).await;
        }
    }

    /// Whether `viewer` may see the plans and timings of its operations.
    pub(crate) fn traces(&self, viewer: &Viewer) -> bool {
        self.inner.config.diagnostics.trace.is_some_and(|audience| audience.includes(viewer))
    }

    /// What must run beside the routes: telling what API keys were used for. It loses nothing when it is stopped after them.
    pub fn tasks(&self) -> Vec<Task> {
        let meter = self.inner.meter.clone();
        vec![Task::new("gateway.usage", move |stop| async move { meter.report(stop).await })]
    }

    /// `/graphql` for queries, mutations and live operations, the schema at `/schema.graphql`, and the explorer at `/`.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }
}
