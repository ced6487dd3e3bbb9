//! Stage: run the plan and shape the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hive_router::GraphQLError;
use hive_router::config::override_subgraph_urls::OverrideSubgraphUrlsConfig;
use hive_router::config::subscriptions::SupergraphSubscriptionsConfig;
use hive_router::config::traffic_shaping::SupergraphTrafficShapingConfig;
use hive_router::executor::SubgraphExecutorMap;
use hive_router::executor::execution::client_request_details::{ClientRequestDetails, JwtRequestDetails, OperationDetails, PathParams};
use hive_router::executor::execution::error_masking::ErrorMaskingRuntime;
use hive_router::executor::execution::operation_name::OperationNameFactory;
use hive_router::executor::execution::plan::{ExecutionResultExtensions, QueryPlanExecutionOpts, QueryPlanExecutionResult, execute_query_plan};
use hive_router::executor::extensions::plan::ExtensionsPlan;
use hive_router::executor::headers::plan::HeaderRulesPlan;
use hive_router::executor::headers::response::ResponseHeaderSink;
use hive_router::executor::introspection::resolve::IntrospectionContext;
use hive_router::executor::plugin_context::{PluginContext, PluginRequestState, RouterHttpRequest};
use hive_router::executor::plugin_trait::RouterPluginBoxed;
use hive_router::executor::request_context::SharedRequestContext;
use hive_router::ntex::http::HeaderMap;
use hive_router::ntex::router::Path;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use hive_router::telemetry::TelemetryContext;
use hive_router::telemetry::traces::spans::graphql::GraphQLOperationSpan;
use http::{Method, Uri};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::error::RequestError;
use super::{CacheControl, Fetched, Pipeline, Ready, Scope, publish};
use crate::rate::Bill;
use crate::sharing::Asked;
use crate::subgraph::{Deadline, Execution, Subgraphs};
use crate::supergraph::{LoadError, Supergraph};

/// The answer to an operation that ran.
#[derive(Debug, Clone)]
pub(crate) struct Executed {
    /// The answer as JSON: data, where there is any, and published errors.
    pub(crate) body: Bytes,
    /// Whether it has all of its data and no errors.
    pub(crate) flawless: bool,
    /// How long it may be kept; not at all when there is none. An answer with errors never may.
    pub(crate) cache: Option<Arc<CacheControl>>,
}

impl Executed {
    /// The answer to `ready` in this body, while running which so many errors were met. The engine does not count those that it meets only as
    /// it writes (a value that is none of its enum's); an answer then ends with their list, and one without data with `null`.
    pub(super) fn new(ready: &Ready, body: Vec<u8>, errors: usize) -> Self {
        let flawless = errors == 0 && body.ends_with(b"}}");
        Self { body: body.into(), flawless, cache: ready.prepared.cache.clone().filter(|_| flawless) }
    }

    fn failed(body: Vec<u8>) -> Self {
        Self { body: body.into(), flawless: false, cache: None }
    }
}

/// Where neither clients nor payers want to know what an answer cost, one of so many is counted all the same, for the metrics: to count
/// takes a look at every value.
const COUNTED: usize = 16;

/// Which executions are counted for the metrics.
#[derive(Default)]
struct Sample(AtomicUsize);

impl Sample {
    fn takes_next(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed).is_multiple_of(COUNTED)
    }
}

/// What the engine wants of every execution and is always the same.
pub(crate) struct Engine {
    pub(super) subgraphs: Subgraphs,
    executors: Arc<SubgraphExecutorMap>,
    plugins: Arc<Vec<RouterPluginBoxed>>,
    headers_plan: Arc<HeaderRulesPlan>,
    extensions_plan: Arc<ExtensionsPlan>,
    error_masking: Arc<Option<ErrorMaskingRuntime>>,
    sample: Sample,
    jwt: Arc<JwtRequestDetails>,
    /// The engine's idea of the client's request. It must never forward anything of the real one, so it gets an empty one.
    method: Method,
    uri: Uri,
    headers: Arc<HeaderMap>,
    path: Path<Uri>,
}

impl Engine {
    pub(super) fn new(supergraph: &Supergraph, subgraphs: Subgraphs) -> Result<Self, LoadError> {
        let telemetry = TelemetryContext::from_propagation_config(&Default::default(), &Default::default());
        let executors = SubgraphExecutorMap::from_http_endpoint_map(
            &supergraph.planned.planner.supergraph.subgraph_endpoint_map,
            SupergraphTrafficShapingConfig::default(),
            OverrideSubgraphUrlsConfig::default(),
            SupergraphSubscriptionsConfig::default(),
            None,
            Arc::new(telemetry),
            Arc::default(),
        )
        .map_err(|error| LoadError::Engine(error.to_string()))?;
        Ok(Self {
            plugins: Arc::new(vec![Box::new(subgraphs.clone())]),
            sample: Sample::default(),
            subgraphs,
            executors: Arc::new(executors),
            headers_plan: Arc::default(),
            extensions_plan: Arc::default(),
            error_masking: Arc::new(None),
            jwt: Arc::new(JwtRequestDetails::Unauthenticated),
            method: Method::POST,
            uri: Uri::from_static("/graphql"),
            headers: Arc::new(HeaderMap::new()),
            path: Path::new(Uri::from_static("/graphql")),
        })
    }
}

impl Engine {
    /// Whether to count what the next answer costs.
    fn counts(&self, bill: &Bill) -> bool {
        self.subgraphs.report_cost || bill.is_wanted() || self.sample.takes_next()
    }

    pub(super) const fn subgraphs(&self) -> &Subgraphs {
        &self.subgraphs
    }
}

/// An execution as it begins.
pub(super) struct Begun {
    pub(super) scope: Arc<Scope>,
    /// Whether its entities may come from those that are kept.
    pub(super) may_be_kept: bool,
    /// What its first fetch has brought, if that has come already.
    pub(super) fetched: Option<Fetched>,
}

impl Begun {
    /// For `scope`, with everything as it is now.
    pub(super) const fn new(scope: Arc<Scope>) -> Self {
        Self { scope, may_be_kept: false, fetched: None }
    }
}

impl Pipeline {
    /// Runs a query or mutation. Identical queries in flight share one answer. A mutation runs to its end even if the client leaves
    /// meanwhile: half of its steps would be worse than an answer that nobody reads.
    pub(crate) async fn execute(self: &Arc<Self>, ready: Ready, scope: Arc<Scope>) -> Executed {
        if ready.normalized.operation_kind == OperationKind::Mutation {
            return self.finish(ready, scope).await;
        }
        let asked = self.queries.as_ref().and_then(|sharing| Some((sharing, Asked::new(&ready, &scope)?)));
        match asked {
            Some((sharing, asked)) => {
                let pipeline = self.clone();
                sharing.answer(asked, move || Box::pin(async move { pipeline.query(&ready, scope).await })).await
            }
            None => self.query(&ready, scope).await,
        }
    }

    async fn query(&self, ready: &Ready, scope: Arc<Scope>) -> Executed {
        self.run(ready, Begun { may_be_kept: true, ..Begun::new(scope) }).await
    }

    async fn finish(self: &Arc<Self>, ready: Ready, scope: Arc<Scope>) -> Executed {
        let pipeline = self.clone();
        let request_id = scope.request_id.clone();
        let running = tokio::spawn(async move { pipeline.run(&ready, Begun::new(scope)).await }.in_current_span());
        running.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a mutation ended without an answer");
            Executed::failed(RequestError::internal().under(&request_id).body())
        })
    }

    pub(super) async fn run(&self, ready: &Ready, Begun { scope, may_be_kept, fetched }: Begun) -> Executed {
        let engine = &self.engine;
        let counted = engine.counts(&ready.bill);
        let deadline = Deadline(Instant::now() + self.request_timeout);
        let mut execution = Execution { scope, deadline, trace: ready.diagnosis.trace.clone(), bill: ready.bill.clone(), may_be_kept, fetched };
        if let Some(executed) = self.run_single(ready, &mut execution, counted).await {
            return executed;
        }
        let request_id = execution.scope.request_id.clone();
        let context = PluginContext::default();
        // All in one: the engine looks for each by its type, behind a lock of its own.
        context.insert(execution);
        let normalized = &ready.normalized;
        let introspection = IntrospectionContext {
            query: normalized.operation_for_introspection.clone(),
            schema: self.supergraph.planned.planner.consumer_schema.document.clone(),
            metadata: self.supergraph.planned.metadata.clone(),
            variables: ready.variables.clone(),
        };
        let request = RouterHttpRequest {
            uri: &engine.uri,
            method: &engine.method,
            version: http::Version::HTTP_11,
            headers: &engine.headers,
            path: "/graphql",
            query_string: "",
            match_info: &engine.path,
        };
        let result = execute_query_plan(QueryPlanExecutionOpts {
            query_plan: &ready.plan.query,
            operation_for_plan: normalized.operation_for_plan.clone(),
            projection_plan: normalized.projection_plan.clone(),
            headers_plan: engine.headers_plan.clone(),
            extensions_plan: engine.extensions_plan.clone(),
            variable_values: ready.variables.clone(),
            extensions: ExecutionResultExtensions { query_plan: None, extensions: ready.diagnosis.extensions(&ready.plan) },
            client_request: Arc::new(ClientRequestDetails {
                method: &engine.method,
                url: &engine.uri,
                headers: engine.headers.clone(),
                operation: OperationDetails { name: None, query: "", kind: normalized.operation_kind.as_str() },
                jwt: engine.jwt.clone(),
                path_params: PathParams::default(),
            }),
            introspection_context: Arc::new(introspection),
            operation_type_name: normalized.root_type_name.clone(),
            operation_kind: normalized.operation_kind.clone(),
            executors: engine.executors.clone(),
            jwt_auth_forwarding: None,
            graphql_error_recorder: None,
            demand_control_context: counted.then(|| Arc::new(ready.plan.costing.counting(ready.cost))),
            initial_errors: ready.refused.clone(),
            span: GraphQLOperationSpan::new(),
            plugin_req_state: Some(PluginRequestState {
                plugins: engine.plugins.clone(),
                router_http_request: request,
                context: Arc::new(context),
                request_context: SharedRequestContext::default(),
            }),
            operation_name_factory: OperationNameFactory::default(),
            response_header_sink: ResponseHeaderSink::default(),
            error_masking_runtime: engine.error_masking.clone(),
            connection_fingerprint: None,
        })
        .await;
        match result {
            Ok(QueryPlanExecutionResult::Single(output)) => Executed::new(ready, output.body, output.error_count),
            Ok(QueryPlanExecutionResult::Stream(_)) => {
                tracing::error!("the engine took a plan for a live operation");
                Executed::failed(RequestError::internal().under(&request_id).body())
            }
            Err(error) => {
                let mut failed = RequestError::internal();
                failed.errors = vec![publish(GraphQLError::from(&error), Some(&request_id))];
                Executed::failed(failed.body())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_so_many_is_counted_beginning_with_the_first() {
        let sample = Sample::default();
        let taken: Vec<_> = (0..COUNTED * 3).filter(|_| sample.takes_next()).collect();
        assert_eq!(taken, [0, COUNTED, COUNTED * 2]);
    }
}
