//! An entity fetch that looks first at what is kept, and asks the subgraph for the rest only.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hive_router::executor::executors::common::{SubgraphExecutionRequest, SubgraphExecutor};
use hive_router::executor::executors::error::SubgraphExecutorError;
use hive_router::executor::plugin_context::PluginRequestState;
use hive_router::executor::response::graphql_error::GraphQLErrorPathSegment;
use hive_router::executor::response::subgraph_response::SubgraphResponse;
use hive_router::graphql_tools::static_graphql::query::Definition;
use hive_router::query_planner::ast::operation::OperationDefinition;
use hive_router::query_planner::utils::parsing::safe_parse_operation;
use http::Uri;
use moka::sync::Cache;
use serde::Deserialize;
use sonic_rs::LazyValue;

use super::{EntityCache, Key};
use crate::metrics::KEPT_ENTITIES;
use crate::options::CACHED_OPERATIONS;
use crate::pipeline::{CacheHints, ENTITIES};

/// The variable of the planner's entity fetches.
const REPRESENTATIONS: &str = "representations";

/// What is known of all entity fetches of a supergraph, and what they have brought.
pub(crate) struct EntityFetches {
    hints: Arc<CacheHints>,
    /// For how many seconds what a fetch of this text brings may be kept.
    lives: Cache<Arc<str>, u32>,
    pub(crate) kept: Arc<dyn EntityCache>,
}

impl EntityFetches {
    pub(crate) fn new(hints: Arc<CacheHints>, kept: Arc<dyn EntityCache>) -> Self {
        Self { hints, lives: Cache::new(CACHED_OPERATIONS), kept }
    }

    /// How long what `request` brings may be kept; none when not at all, or when it is no fetch of entities.
    pub(crate) fn life(&self, request: &SubgraphExecutionRequest<'_>) -> Option<Duration> {
        request.raw_variable_values.as_ref()?.iter().find(|(name, _)| *name == REPRESENTATIONS)?;
        let secs = match self.lives.get(request.query) {
            Some(secs) => secs,
            None => {
                let secs = self.read(request.query).unwrap_or(0);
                self.lives.insert(request.query.into(), secs);
                secs
            }
        };
        (secs > 0).then(|| Duration::from_secs(secs.into()))
    }

    fn read(&self, query: &str) -> Option<u32> {
        let document = safe_parse_operation(query).ok()?;
        let operation = document.definitions.into_iter().find_map(|definition| match definition {
            Definition::Operation(operation) => Some(OperationDefinition::from(operation)),
            Definition::Fragment(_) => None,
        })?;
        // Nothing besides: the rest of the answer would be lost.
        let policy = match operation.selection_set.items.as_slice() {
            [_] => self.hints.entities(&operation.selection_set.entities_field()?.selections)?,
            _ => return None,
        };
        (!policy.private).then_some(policy.max_age_secs)
    }
}

/// A fetch of entities that may be kept.
pub(crate) struct KeptFetch<F> {
    /// Asks the subgraph.
    pub(crate) fetch: F,
    pub(crate) fetches: Arc<EntityFetches>,
    /// How long what it brings may be kept.
    pub(crate) life: Duration,
}

#[async_trait]
impl<F: SubgraphExecutor + Send + Sync> SubgraphExecutor for KeptFetch<F> {
    fn executor_name(&self) -> &str {
        self.fetch.executor_name()
    }

    fn endpoint(&self) -> &Uri {
        self.fetch.endpoint()
    }

    async fn execute<'a>(
        &self,
        request: SubgraphExecutionRequest<'a>,
        timeout: Option<Duration>,
        state: Option<&'a PluginRequestState<'a>>,
    ) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
        let Some((keys, representations)) = self.keys(&request) else { return self.fetch.execute(request, timeout, state).await };
        let kept = &self.fetches.kept;
        let mut values = kept.get(&keys).await;
        let missing: Vec<usize> = values.iter().enumerate().filter(|(_, value)| value.is_none()).map(|(index, _)| index).collect();
        metrics::counter!(KEPT_ENTITIES, "found" => "yes").increment(count(values.len() - missing.len()));
        metrics::counter!(KEPT_ENTITIES, "found" => "no").increment(count(missing.len()));
        if missing.is_empty() {
            return assemble(&values, &request);
        }
        let moment = kept.moment().await;
        let asked = only(&request, &missing.iter().map(|index| &*representations[*index]).collect::<Vec<_>>());
        let mut response = self.fetch.execute(asked, timeout, state).await?;
        let Some(entities) = response.bytes.as_ref().and_then(|bytes| entities(bytes, missing.len())) else {
            // No entities at all: whatever it says instead is said of all that were asked for.
            response.errors.iter_mut().flatten().for_each(|error| renumber(error, &missing));
            return if missing.len() == keys.len() { Ok(response) } else { complete(&values, &request, response) };
        };
        for (index, entity) in missing.iter().zip(entities) {
            values[*index] = Some(entity);
        }
        if response.errors.as_ref().is_none_or(Vec::is_empty) {
            // What is not there may come, or be there for others.
            let fresh = missing.iter().filter_map(|index| Some((keys[*index].clone(), values[*index].clone().filter(|value| **value != *b"null")?)));
            kept.put(moment, fresh.collect(), self.life).await;
        }
        if missing.len() == keys.len() {
            return Ok(response);
        }
        response.errors.iter_mut().flatten().for_each(|error| renumber(error, &missing));
        complete(&values, &request, response)
    }

    async fn subscribe<'a>(
        &self,
        request: SubgraphExecutionRequest<'a>,
        timeout: Option<Duration>,
    ) -> Result<BoxStream<'static, Result<SubgraphResponse<'static>, SubgraphExecutorError>>, SubgraphExecutorError> {
        self.fetch.subscribe(request, timeout).await
    }
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

impl<F: SubgraphExecutor> KeptFetch<F> {
    /// A key for each representation, and the representations; none when one has no `id`, by which events could name it.
    fn keys(&self, request: &SubgraphExecutionRequest<'_>) -> Option<(Vec<Key>, Vec<Box<str>>)> {
        let fetch: Arc<str> = format!("{} {}", self.fetch.executor_name(), request.query).into();
        let raw = request.raw_variable_values.as_ref()?;
        let mut given = Vec::new();
        let mut variables: Vec<_> = request.variables.iter().flatten().collect();
        variables.sort_unstable_by_key(|(name, _)| **name);
        for (name, value) in variables {
            given.extend_from_slice(name.as_bytes());
            sonic_rs::to_writer(&mut given, value).ok()?;
        }
        for (name, json) in raw.iter().filter(|(name, _)| *name != REPRESENTATIONS) {
            given.extend_from_slice(name.as_bytes());
            given.extend_from_slice(json);
        }
        let (_, json) = raw.iter().find(|(name, _)| *name == REPRESENTATIONS)?;
        let representations: Vec<LazyValue<'_>> = sonic_rs::from_slice(json).ok()?;
        let mut keys = Vec::with_capacity(representations.len());
        let mut texts = Vec::with_capacity(representations.len());
        for representation in &representations {
            let text = representation.as_raw_str();
            let entity = sonic_rs::from_str::<Identified>(text).ok()?.id.into();
            keys.push(Key { entity, fetch: fetch.clone(), given: [&given, text.as_bytes()].concat().into() });
            texts.push(text.into());
        }
        Some((keys, texts))
    }
}

/// The same request for these representations only.
fn only<'a>(request: &SubgraphExecutionRequest<'a>, representations: &[&str]) -> SubgraphExecutionRequest<'a> {
    let raw = request.raw_variable_values.iter().flatten().map(|(name, json)| {
        let json = if *name == REPRESENTATIONS { format!("[{}]", representations.join(",")).into_bytes() } else { json.clone() };
        (*name, json)
    });
    SubgraphExecutionRequest {
        query: request.query,
        document_name_write_pos: request.document_name_write_pos,
        dedupe: request.dedupe,
        operation_name: request.operation_name.clone(),
        variables: request.variables.clone(),
        headers: request.headers.clone(),
        raw_variable_values: Some(raw.collect()),
        extensions: request.extensions.clone(),
        custom_scalar_paths: request.custom_scalar_paths,
        connection_fingerprint: request.connection_fingerprint,
    }
}

/// The entities of a subgraph's answer, each as its JSON; none when there are not as many as were asked for.
fn entities(answer: &Bytes, expected: usize) -> Option<Vec<Bytes>> {
    let list = sonic_rs::get_from_slice(answer, ["data", ENTITIES]).ok()?;
    let items: Vec<LazyValue<'_>> = sonic_rs::from_str(list.as_raw_str()).ok()?;
    // Copied: a part would keep the whole answer in memory.
    (items.len() == expected).then(|| items.iter().map(|item| Bytes::copy_from_slice(item.as_raw_str().as_bytes())).collect())
}

/// An answer of these entities; null for those that are not known.
fn assemble(values: &[Option<Bytes>], request: &SubgraphExecutionRequest<'_>) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
    let mut json = format!("{{\"data\":{{\"{ENTITIES}\":[").into_bytes();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(value.as_deref().unwrap_or(b"null"));
    }
    json.extend_from_slice(b"]}}");
    SubgraphResponse::deserialize_from_bytes(json.into(), request.custom_scalar_paths)
}

/// The same with what else the subgraph said.
fn complete(
    values: &[Option<Bytes>],
    request: &SubgraphExecutionRequest<'_>,
    response: SubgraphResponse<'static>,
) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
    let SubgraphResponse { errors, headers, status, .. } = response;
    Ok(SubgraphResponse { errors, headers, status, ..assemble(values, request)? })
}

/// Errors count the entities that were asked for; the engine counts all.
fn renumber(error: &mut hive_router::GraphQLError, missing: &[usize]) {
    let Some(path) = &mut error.path else { return };
    if let [GraphQLErrorPathSegment::String(first), GraphQLErrorPathSegment::Index(index), ..] = path.segments.as_mut_slice()
        && first == ENTITIES
        && let Some(place) = missing.get(*index)
    {
        *index = *place;
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
