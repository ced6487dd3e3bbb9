//! An operation's way from text to answer, one file a stage.
//!
//! [`Pipeline::prepare`] is parse → limits → validate → normalise, cached by the operation's text. [`Pipeline::ready`] is
//! variables → authorise → plan → cost, the plan cached by what is left of the operation. Then [`Pipeline::execute`] or
//! [`Pipeline::live`].

mod authorize;
mod cache_policy;
mod cost;
mod deprecation;
mod diagnosis;
mod error;
mod execute;
mod incremental;
mod introspection;
mod json_nesting;
mod limits;
mod literals;
mod live;
mod nesting;
mod normalize;
mod operation;
mod parse;
mod plan;
mod single;
mod trace;
mod validate;
mod variables;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::HeaderMap;
use hive_router::GraphQLError;
use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::graphql_tools::validation::validate::ValidationPlan;
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use kernel::{Clock, Viewer};
use moka::sync::Cache;
use platform::config::{Audience, GatewayConfig, LimitsConfig};
use platform::graphql::RequestId;

use self::authorize::Whole;
use self::deprecation::Found;
use self::diagnosis::Diagnosis;
use crate::caller::Caller;
use crate::client::Client;
use crate::entity_cache::{EmbeddedEntityCache, EntityFetches};
use crate::options::{CACHED_OPERATIONS, Peers, SubgraphTarget};
use crate::places::Place;
use crate::rate::{Bill, Ledger, Payer};
use crate::schema::ApiSchema;
use crate::sharing::{LiveSharing, QuerySharing};
use crate::subgraph::Subgraphs;
use crate::supergraph::{LoadError, Supergraph};

pub(crate) use cache_policy::{CacheControl, CacheHints};
pub(crate) use cost::{Cost, to_metric};
pub(crate) use deprecation::Deprecations;
pub(crate) use error::{ENTITIES, Fault, RequestError, fixed_error, publish};
pub(crate) use execute::{Engine, Executed};
pub(crate) use introspection::refuse_unless;
pub(crate) use json_nesting::json_deeper_than;
pub(crate) use operation::{OperationRequest, read_object};
pub(crate) use parse::parse;
pub(crate) use plan::Plan;
pub(crate) use single::Fetched;
pub(crate) use trace::Trace;
pub(crate) use variables::{InputTypes, check_size};

/// Who an operation is for, who pays for it, where it comes from, which program asks, and the id it is logged under.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) viewer: Viewer,
    /// What their token is for, where it says so.
    pub(crate) scopes: Option<Arc<[String]>>,
    pub(crate) payer: Arc<Payer>,
    /// The hash of the API key that proved a partner.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) caller: Arc<Caller>,
    /// The program, as it calls itself in `User-Agent`.
    pub(crate) user_agent: Option<Arc<str>>,
    pub(crate) ledger: Ledger,
    pub(crate) client: Client,
    pub(crate) request_id: RequestId,
    /// Of the client's headers those that subgraphs see.
    pub(crate) forwarded: Arc<HeaderMap>,
}

/// A valid operation.
pub(crate) struct Prepared {
    name: Option<Arc<str>>,
    pub(crate) normalized: Arc<GraphQLNormalizationPayload>,
    /// Its normal form as text: the plan's key. Text and not a hash, because who can make two hashes meet could get one
    /// operation's plan for another.
    plan_key: Arc<str>,
    whole: Whole,
    /// The plan of all of it, once a viewer was allowed all of it: then nothing needs to be looked up.
    plan: OnceLock<Arc<Plan>>,
    /// How long its answers may be kept, when they are without errors; not at all when there is none.
    cache: Option<Arc<CacheControl>>,
    /// What it uses that should not be used any more.
    deprecated: Found,
}

impl Prepared {
    pub(crate) fn kind(&self) -> OperationKind {
        self.normalized.operation_kind.clone()
    }

    /// The name it has in its document.
    pub(crate) const fn name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }
}

/// An operation that may run for its viewer.
pub(crate) struct Ready {
    prepared: Arc<Prepared>,
    normalized: Arc<GraphQLNormalizationPayload>,
    variables: Arc<CoerceVariablesPayload>,
    plan: Arc<Plan>,
    /// Fields refused to this viewer.
    refused: Vec<GraphQLError>,
    diagnosis: Diagnosis,
    cost: Cost,
    bill: Bill,
    /// Its place among all that run; left when it has been answered.
    place: Option<Place>,
}

impl Ready {
    /// What it is estimated to cost.
    pub(crate) const fn cost(&self) -> Cost {
        self.cost
    }

    pub(crate) const fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    pub(crate) fn variables(&self) -> &CoerceVariablesPayload {
        &self.variables
    }

    /// Whether the answer tells what the operation takes.
    pub(crate) fn is_traced(&self) -> bool {
        self.diagnosis.trace.is_wanted()
    }

    /// Gives it its place among all that run.
    pub(crate) fn take_place(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Has what the answer costs put on `bill`.
    pub(crate) fn put_on(&mut self, bill: Bill) {
        self.bill = bill;
    }

    pub(crate) const fn bill(&self) -> &Bill {
        &self.bill
    }

    /// Has the answer tell what the operation takes, if that is wanted.
    pub(crate) fn trace(&mut self, trace: Trace) {
        self.diagnosis.trace = trace;
    }
}

/// All stages, and what they share between requests.
pub(crate) struct Pipeline {
    supergraph: Supergraph,
    validation: ValidationPlan,
    limits: LimitsConfig,
    request_timeout: Duration,
    introspection: Audience,
    deprecations: Audience,
    engine: Engine,
    anonymous_scopes: Vec<String>,
    queries: Option<QuerySharing>,
    live: Option<LiveSharing>,
    prepared: Cache<(Arc<str>, Option<String>), Arc<Prepared>>,
    plans: Cache<Arc<str>, Arc<Plan>>,
}

impl Pipeline {
    pub(crate) fn new(
        supergraph_sdl: &str,
        targets: HashMap<String, SubgraphTarget>,
        peers: &Peers,
        clock: &Arc<dyn Clock>,
        config: &GatewayConfig,
    ) -> Result<Self, LoadError> {
        let (supergraph, targets) = Supergraph::load(supergraph_sdl, targets, peers, &config.access.anonymous_scopes)?;
        let entities = config.entity_cache.enabled.then(|| {
            let kept = EmbeddedEntityCache::new(config.entity_cache.max_bytes, clock.clone());
            Arc::new(EntityFetches::new(supergraph.cache_hints.clone(), Arc::new(kept)))
        });
        let subgraphs = Subgraphs::new(targets, peers, entities, config)?;
        Ok(Self {
            engine: Engine::new(&supergraph, subgraphs)?,
            queries: config.sharing.queries.then(QuerySharing::default),
            live: config.sharing.live.then(|| LiveSharing::new(config.sharing.greet)),
            supergraph,
            validation: validate::plan(),
            limits: config.limits.clone(),
            request_timeout: Duration::from_millis(config.subgraphs.request_timeout_ms),
            introspection: config.schema.introspection.unwrap_or(Audience::Nobody),
            deprecations: config.diagnostics.deprecations.unwrap_or(Audience::Nobody),
            anonymous_scopes: config.access.anonymous_scopes.clone(),
            prepared: Cache::new(CACHED_OPERATIONS),
            plans: Cache::new(CACHED_OPERATIONS),
        })
    }

    /// What clients may use.
    pub(crate) const fn schema(&self) -> &ApiSchema {
        &self.supergraph.api
    }

    pub(crate) fn has_subgraph(&self, name: &str) -> bool {
        self.supergraph.planned.planner.supergraph.subgraph_endpoint_map.contains_key(name)
    }

    /// Which subgraphs in other processes answer within `patience`, by name.
    pub(crate) async fn probe_subgraphs(&self, patience: Duration) -> BTreeMap<String, bool> {
        self.engine.subgraphs().probe(patience).await
    }

    /// The operation that `query` and `operation_name` ask for, or why there is none.
    pub(crate) fn prepare(&self, query: Arc<str>, operation_name: Option<String>) -> Result<Arc<Prepared>, RequestError> {
        let key = (query, operation_name);
        if let Some(prepared) = self.prepared.get(&key) {
            return Ok(prepared);
        }
        let document = parse::parse(&key.0, self.limits.max_tokens)?;
        incremental::refuse(&document)?;
        limits::check(&document, &self.limits)?;
        validate::validate(&self.supergraph, &self.validation, &document)?;
        let normalized = normalize::normalize(&self.supergraph, &document, key.1.as_deref())?;
        let plan_key: Arc<str> = normalized.operation_for_plan.to_string().into();
        let whole = Whole::of(&plan_key);
        let cache = self.supergraph.cache_hints.policy(&normalized).and_then(CacheControl::of).map(Arc::new);
        let deprecated = self.supergraph.deprecations.in_operation(&normalized.root_type_name, &normalized.operation_for_plan);
        let name = normalized.operation_identity.name.as_deref().map(Into::into);
        let prepared = Arc::new(Prepared { name, normalized: Arc::new(normalized), plan_key, whole, plan: OnceLock::new(), cache, deprecated });
        self.prepared.insert(key, prepared.clone());
        Ok(prepared)
    }

    /// `prepared` with these variables and for this viewer, planned.
    pub(crate) fn ready(&self, prepared: &Arc<Prepared>, variables: HashMap<String, sonic_rs::Value>, scope: &Scope) -> Result<Ready, RequestError> {
        let viewer = &scope.viewer;
        introspection::check(self.introspection, prepared, viewer)?;
        variables::check_size(&variables, &self.limits)?;
        let variables = variables::coerce(&self.supergraph, &prepared.normalized, variables)?;
        let allowed = authorize::authorize(&self.supergraph, prepared, &variables, scope, &self.anonymous_scopes)?;
        let whole = Arc::ptr_eq(&allowed.normalized, &prepared.normalized);
        let plan = match prepared.plan.get().filter(|_| whole) {
            Some(plan) => plan.clone(),
            None => plan::plan(&self.supergraph, &self.plans, &allowed.normalized, &allowed.plan_key, &self.limits)?,
        };
        if whole {
            // Whoever was first: plans of the same operation are the same.
            let _ = prepared.plan.set(plan.clone());
        }
        let cost = plan.costing.estimate(&self.supergraph, &variables, &self.limits)?;
        let diagnosis = Diagnosis { deprecated: self.deprecated(prepared, &variables, viewer), trace: Trace::default() };
        Ok(Ready {
            prepared: prepared.clone(),
            normalized: allowed.normalized,
            variables: Arc::new(variables),
            plan,
            refused: allowed.refused,
            diagnosis,
            cost,
            bill: Bill::default(),
            place: None,
        })
    }

    fn deprecated(&self, prepared: &Prepared, variables: &CoerceVariablesPayload, viewer: &Viewer) -> Found {
        if !self.deprecations.includes(viewer) {
            return Found::new();
        }
        let mut deprecated = self.supergraph.deprecations.in_variables(&prepared.normalized.operation_for_plan, variables.variables_map.as_ref());
        deprecated.extend(prepared.deprecated.iter().cloned());
        deprecated
    }

    /// Forgets all that is kept of the entity with this id.
    pub(crate) async fn forget(&self, entity: &str) {
        self.engine.subgraphs().forget(entity).await;
    }
}
