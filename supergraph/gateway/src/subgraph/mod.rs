//! How subgraphs are reached: in this process without HTTP, or in others with it. To the engine this is a plugin that gives
//! each fetch its executor.

mod breaker;
mod client;
mod failure;
mod guard;
mod http;
mod in_process;
mod representations;
mod values;
mod websocket;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::Uri;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hive_router::GraphQLError;
use hive_router::executor::executors::common::{SubgraphExecutionRequest, SubgraphExecutor, SubgraphExecutorBoxedArc};
use hive_router::executor::executors::error::SubgraphExecutorError;
use hive_router::executor::hooks::on_execute::{OnExecuteStartHookPayload, OnExecuteStartHookResult};
use hive_router::executor::hooks::on_graphql_error::{OnGraphQLErrorHookPayload, OnGraphQLErrorHookResult};
use hive_router::executor::hooks::on_plugin_init::{OnPluginInitPayload, OnPluginInitResult};
use hive_router::executor::hooks::on_subgraph_execute::{OnSubgraphExecuteStartHookPayload, OnSubgraphExecuteStartHookResult};
use hive_router::executor::plugin_context::PluginRequestState;
use hive_router::executor::plugin_trait::{EndHookPayload as _, RouterPlugin, StartHookPayload as _};
use hive_router::executor::response::graphql_error::GraphQLErrorPathSegment;
use hive_router::executor::response::subgraph_response::SubgraphResponse;
use hive_router::query_planner::planner::plan_nodes::CustomScalarPaths;
use kernel::{ErrorKind, Viewer};
use platform::config::GatewayConfig;
use platform::subgraph::Subgraph;
use platform::telemetry::SPANS;
use tracing::Instrument as _;

use self::client::Client;
use self::guard::Guard;
use self::http::HttpSubgraph;
use crate::entity_cache::{EntityFetches, KeptFetch};
use crate::metrics::FETCH;
use crate::options::{Peers, SubgraphTarget};
use crate::pipeline::{ENTITIES, Fetched, Scope, Trace, fixed_error, publish, to_metric};
use crate::rate::Bill;
use crate::supergraph::LoadError;

pub(crate) use self::guard::Deadline;

/// Events of a live operation's source. An error ends it.
pub(crate) type Events = BoxStream<'static, Result<SubgraphResponse<'static>, SubgraphExecutorError>>;

/// All subgraphs of the supergraph.
#[derive(Clone)]
pub(crate) struct Subgraphs {
    targets: Arc<HashMap<String, Arc<Target>>>,
    pub(crate) report_cost: bool,
    entities: Option<Arc<EntityFetches>>,
}

/// What fetches know of the execution that they belong to.
pub(crate) struct Execution {
    pub(crate) scope: Arc<Scope>,
    pub(crate) deadline: Deadline,
    pub(crate) trace: Trace,
    pub(crate) bill: Bill,
    /// Whether its entities may come from those that are kept: of queries. What follows a mutation or an event must be as it is now.
    pub(crate) may_be_kept: bool,
    /// What its first fetch has brought, if that has come already.
    pub(crate) fetched: Option<Fetched>,
}

struct Target {
    name: String,
    reach: Reach,
    guard: Guard,
    /// The usual outcome of a fetch, looked up among the metrics once.
    answered: metrics::Histogram,
}

enum Reach {
    InProcess(Arc<dyn Subgraph>),
    Http(Box<HttpSubgraph>),
}

impl Subgraphs {
    pub(crate) fn new(
        targets: HashMap<String, SubgraphTarget>,
        peers: &Peers,
        entities: Option<Arc<EntityFetches>>,
        config: &GatewayConfig,
    ) -> Result<Self, LoadError> {
        // One pool of connections for all of them.
        let client = Client::new(peers);
        let target = |(name, target): (String, SubgraphTarget)| {
            let reach = match target {
                SubgraphTarget::InProcess(subgraph) => Reach::InProcess(subgraph),
                SubgraphTarget::Http { url, ws_url } => {
                    let url = url.as_str().parse().map_err(|_| LoadError::Engine(format!("{url} is not an address that can be called")))?;
                    Reach::Http(Box::new(HttpSubgraph::new(client.clone(), url, ws_url, peers.clone())))
                }
            };
            let guard = Guard::new(name.clone(), &config.subgraphs);
            let answered = metrics::histogram!(FETCH, "subgraph" => name.clone(), "outcome" => "answered");
            Ok((name.clone(), Arc::new(Target { name, reach, guard, answered })))
        };
        let targets = targets.into_iter().map(target).collect::<Result<_, LoadError>>()?;
        Ok(Self { targets: Arc::new(targets), report_cost: config.limits.report_cost, entities })
    }

    /// Asks every subgraph in another process the smallest query, all at once.
    pub(crate) async fn probe(&self, patience: Duration) -> BTreeMap<String, bool> {
        let remote = self.targets.iter().filter_map(|(name, target)| match &target.reach {
            Reach::Http(subgraph) => Some((name, subgraph)),
            Reach::InProcess(_) => None,
        });
        let probes = remote.map(async |(name, subgraph)| (name.clone(), tokio::time::timeout(patience, subgraph.answers()).await.unwrap_or(false)));
        futures::future::join_all(probes).await.into_iter().collect()
    }

    /// What carries out a fetch of `execution` from the subgraph of this name.
    fn executor(&self, subgraph: &str, request: &SubgraphExecutionRequest<'_>, execution: &Execution) -> Option<SubgraphExecutorBoxedArc> {
        let fetch = self.fetch_of(subgraph, execution)?;
        let kept = self.entities.as_ref().filter(|_| execution.may_be_kept && is_nobody(&execution.scope));
        let kept = kept.and_then(|entities| Some((entities, entities.life(request)?)));
        Some(match kept {
            Some((entities, life)) => KeptFetch { fetch: Fetch { json: true, ..fetch }, fetches: entities.clone(), life }.to_boxed_arc(),
            None => fetch.to_boxed_arc(),
        })
    }

    fn fetch_of(&self, subgraph: &str, execution: &Execution) -> Option<Fetch> {
        let Execution { scope, deadline, trace, .. } = execution;
        let target = self.targets.get(subgraph)?.clone();
        Some(Fetch { target, scope: scope.clone(), deadline: *deadline, endpoint: Uri::from_static("/"), trace: trace.clone(), json: false })
    }

    /// What a fetch of `execution` that needs nothing of other fetches brings; nothing when nobody knows the subgraph.
    pub(crate) async fn fetch(&self, subgraph: &str, request: &SubgraphExecutionRequest<'_>, execution: &Execution) -> Option<SubgraphResponse<'static>> {
        Some(self.fetch_of(subgraph, execution)?.answer(request).await)
    }

    /// Forgets all that is kept of the entity with this id.
    pub(crate) async fn forget(&self, entity: &str) {
        if let Some(entities) = &self.entities {
            entities.kept.forget(entity).await;
        }
    }

    /// Starts the source of a live operation.
    pub(crate) async fn live(&self, subgraph: &str, request: SubgraphExecutionRequest<'_>, scope: &Arc<Scope>) -> Result<Events, SubgraphExecutorError> {
        let target = self.targets.get(subgraph).ok_or(SubgraphExecutorError::StaticEndpointNotFound)?;
        target.live(&request, scope).await
    }
}

#[async_trait]
impl RouterPlugin for Subgraphs {
    type Config = ();

    fn plugin_name() -> &'static str {
        "polyphony"
    }

    fn on_plugin_init(payload: OnPluginInitPayload<'_, Self>) -> OnPluginInitResult<Self> {
        // Never asked: the gateway makes its plugin itself.
        payload.disable_plugin()
    }

    async fn on_execute<'exec>(&'exec self, payload: OnExecuteStartHookPayload<'exec>) -> OnExecuteStartHookResult<'exec> {
        let known = payload.context.get_ref::<Execution>().map(|execution| (execution.trace.clone(), execution.bill.clone()));
        let (trace, bill) = known.unwrap_or_default();
        payload.on_end(move |mut payload| {
            if let Some(timing) = trace.timing() {
                payload.add_extension("timing", timing);
            }
            if let Some(cost) = payload.demand_control_cost {
                note_cost(&bill, cost.actual);
                if self.report_cost {
                    payload.add_extension("cost", sonic_rs::json!({ "estimated": cost.estimated, "actual": cost.actual, "max": cost.max }));
                }
            }
            payload.proceed()
        })
    }

    async fn on_subgraph_execute<'exec>(&'exec self, mut payload: OnSubgraphExecuteStartHookPayload<'exec>) -> OnSubgraphExecuteStartHookResult<'exec> {
        let (name, request) = (payload.subgraph_name, &payload.execution_request);
        let Some(execution) = payload.context.get_ref::<Execution>() else {
            tracing::error!(subgraph = name, "a fetch belongs to no execution of ours");
            return payload.end_with_response(failed(ErrorKind::Internal));
        };
        if let Some(fetched) = execution.fetched.as_ref().and_then(|fetched| fetched.take(request.query)) {
            drop(execution);
            return payload.end_with_response(fetched);
        }
        let executor = self.executor(name, request, &execution);
        drop(execution);
        let Some(executor) = executor else {
            tracing::error!(subgraph = name, "nobody knows this subgraph");
            return payload.end_with_response(failed(ErrorKind::Internal));
        };
        payload.executor = executor;
        payload.proceed()
    }

    fn on_graphql_error<'req>(&'req self, mut payload: OnGraphQLErrorHookPayload<'req>) -> OnGraphQLErrorHookResult<'req> {
        let execution = payload.context.get_ref::<Execution>();
        payload.error = publish(payload.error, execution.as_ref().map(|execution| &execution.scope.request_id));
        payload.proceed()
    }
}

impl Target {
    async fn live(&self, request: &SubgraphExecutionRequest<'_>, scope: &Scope) -> Result<Events, SubgraphExecutorError> {
        match &self.reach {
            Reach::InProcess(subgraph) => in_process::live(&**subgraph, request, scope),
            Reach::Http(subgraph) => websocket::live(subgraph, request, scope, self.guard.timeout()).await,
        }
    }
}

/// An answer has cost so much.
pub(crate) fn note_cost(bill: &Bill, cost: u64) {
    crate::metrics::ACTUAL_COSTS.record(to_metric(cost));
    bill.note(cost);
}

/// Whether subgraphs see nobody in particular: a foreign one may know a person by headers that are passed on to it.
fn is_nobody(scope: &Scope) -> bool {
    scope.viewer == Viewer::Anonymous && scope.forwarded.is_empty()
}

/// What a subgraph said.
enum Answer {
    /// As it came over the wire, or for those who want it so.
    Json(Bytes),
    /// As the engine has it.
    Values(SubgraphResponse<'static>),
}

/// How an answer is wanted.
#[derive(Clone, Copy)]
struct Wanted {
    /// It may have so many bytes at most.
    max_bytes: usize,
    /// It must have its JSON with it.
    json: bool,
}

/// One fetch of one request.
struct Fetch {
    target: Arc<Target>,
    scope: Arc<Scope>,
    deadline: Deadline,
    endpoint: Uri,
    trace: Trace,
    /// Whether whoever asks looks at the JSON of the answer.
    json: bool,
}

impl Fetch {
    /// What the subgraph says, or that it says nothing, told of every field it was asked for.
    async fn answer(&self, request: &SubgraphExecutionRequest<'_>) -> SubgraphResponse<'static> {
        let span = tracing::debug_span!(target: SPANS, "fetch", otel.kind = "client", subgraph = self.target.name);
        let began = Instant::now();
        let is_query = !request.query.starts_with("mutation");
        let attempt = async |max_bytes| match &self.target.reach {
            Reach::InProcess(subgraph) => in_process::execute(&**subgraph, request, &self.scope, Wanted { max_bytes, json: self.json }).await,
            // Boxed: it would take its room in fetches in process too.
            Reach::Http(subgraph) => Box::pin(subgraph.execute(request, &self.scope, max_bytes)).await.map(Answer::Json),
        };
        let outcome = self.target.guard.run(is_query, self.deadline, attempt).instrument(span).await;
        self.trace.fetched(&self.target.name, began);
        let answer = match outcome {
            Ok(answer) => answer,
            Err(failure) => {
                metrics::histogram!(FETCH, "subgraph" => self.target.name.clone(), "outcome" => failure.as_str()).record(began.elapsed());
                return failure::everywhere(failure.kind(), request);
            }
        };
        self.target.answered.record(began.elapsed());
        let read = match answer {
            Answer::Json(json) => SubgraphResponse::deserialize_from_bytes(json, request.custom_scalar_paths),
            Answer::Values(response) => return response,
        };
        let mut response = match read {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(subgraph = self.target.name, %error, "the answer of a subgraph cannot be read");
                return failure::everywhere(ErrorKind::Internal, request);
            }
        };
        for error in response.errors.iter_mut().flatten() {
            complete_entity_path(error, request);
        }
        response
    }
}

#[async_trait]
impl SubgraphExecutor for Fetch {
    fn executor_name(&self) -> &str {
        &self.target.name
    }

    fn endpoint(&self) -> &Uri {
        &self.endpoint
    }

    async fn execute<'a>(
        &self,
        request: SubgraphExecutionRequest<'a>,
        _timeout: Option<Duration>,
        _state: Option<&'a PluginRequestState<'a>>,
    ) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
        Ok(self.answer(&request).await)
    }

    async fn subscribe<'a>(&self, request: SubgraphExecutionRequest<'a>, _timeout: Option<Duration>) -> Result<Events, SubgraphExecutorError> {
        self.target.live(&request, &self.scope).await
    }
}

/// A fetch brought nothing back. Its cause is logged where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The subgraph cannot be reached, or says that it cannot answer now.
    Unreachable,
    /// It took longer than a fetch may.
    TooSlow,
    /// The request's time was over.
    OutOfTime,
    /// It has too much to do already.
    Overrun,
    /// It failed too often lately.
    LeftAlone,
    /// Its answer is larger than any may be.
    TooLarge,
    /// It will not work later either.
    Internal,
}

impl Failure {
    const fn kind(self) -> ErrorKind {
        match self {
            Self::Unreachable | Self::TooSlow | Self::OutOfTime | Self::Overrun | Self::LeftAlone => ErrorKind::Unavailable,
            Self::TooLarge | Self::Internal => ErrorKind::Internal,
        }
    }

    /// Whether trying again at once may help.
    const fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable)
    }

    /// Whether it tells that the subgraph is not well. A panic or an answer too large does not: one client could have everybody cut
    /// off by asking for them.
    const fn is_of_the_subgraph(self) -> bool {
        matches!(self, Self::Unreachable | Self::TooSlow)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TooSlow => "too_slow",
            Self::OutOfTime => "out_of_time",
            Self::Overrun => "overrun",
            Self::LeftAlone => "left_alone",
            Self::TooLarge => "too_large",
            Self::Internal => "internal",
        }
    }
}

fn failed(kind: ErrorKind) -> SubgraphResponse<'static> {
    SubgraphResponse { errors: Some(vec![fixed_error(kind)]), ..SubgraphResponse::default() }
}

/// async-graphql leaves the index out of an entity's error path (7.2.1). With one entity it can only be the first; the engine
/// then finds the place in the client's operation.
fn complete_entity_path(error: &mut GraphQLError, request: &SubgraphExecutionRequest<'_>) {
    let Some(path) = &mut error.path else { return };
    let incomplete = match path.segments.as_slice() {
        [GraphQLErrorPathSegment::String(first), rest @ ..] => first == ENTITIES && !matches!(rest.first(), Some(GraphQLErrorPathSegment::Index(_))),
        _ => false,
    };
    if incomplete && entities(request) == Some(1) {
        path.segments.insert(1, GraphQLErrorPathSegment::Index(0));
    }
}

fn entities(request: &SubgraphExecutionRequest<'_>) -> Option<usize> {
    let (_, json) = request.raw_variable_values.as_ref()?.iter().find(|(name, _)| *name == "representations")?;
    sonic_rs::from_slice::<Vec<sonic_rs::LazyValue<'_>>>(json).ok().map(|entities| entities.len())
}

/// One event of a live operation from its JSON.
fn event(json: Bytes, custom_scalars: Option<&CustomScalarPaths>) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
    SubgraphResponse::deserialize_from_bytes(json, custom_scalars)
}

/// A response of nothing but this error.
fn refused(errors: Vec<GraphQLError>) -> SubgraphResponse<'static> {
    SubgraphResponse { errors: Some(errors), ..SubgraphResponse::default() }
}
