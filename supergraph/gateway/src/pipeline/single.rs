//! The short way of the stage that runs plans. Where the plan is one fetch that goes well, nothing is left to join: its answer only has
//! to be shaped, for a fraction of what an engine for plans of many fetches takes. Whatever else may come of it is left to the engine,
//! which is then given what was fetched: errors and what else an answer tells have one way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hive_router::executor::execution::plan::{CoerceVariablesPayload, ExecutionResultExtensions};
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use hive_router::executor::projection::response::project_by_operation;
use hive_router::executor::response::subgraph_response::SubgraphResponse;
use hive_router::executor::response::value::Value;
use hive_router::query_planner::planner::plan_nodes::{FetchNode, PlanNode};

use super::execute::Executed;
use super::{Pipeline, Plan, Ready};
use crate::subgraph::{Execution, note_cost};

/// Room for an answer, in bytes, where its subgraph does not say how long its own is.
const USUAL_ANSWER: usize = 512;

/// What the fetch with this text has brought already. It is taken once.
pub(crate) struct Fetched {
    query: Arc<str>,
    response: Mutex<Option<SubgraphResponse<'static>>>,
}

impl Fetched {
    pub(super) const fn new(query: Arc<str>, response: SubgraphResponse<'static>) -> Self {
        Self { query, response: Mutex::new(Some(response)) }
    }

    /// The answer, if `query` is the fetch it stands for.
    pub(crate) fn take(&self, query: &str) -> Option<SubgraphResponse<'static>> {
        if *self.query != *query {
            return None;
        }
        self.response.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Plan {
    /// The fetch that is all of it.
    fn only_fetch(&self) -> Option<&FetchNode> {
        match &self.query.node {
            Some(PlanNode::Fetch(fetch)) if fetch.output_rewrites.is_none() => Some(fetch),
            _ => None,
        }
    }
}

impl Ready {
    /// Whether its answer is what was fetched and nothing besides, if nothing goes wrong.
    fn is_plain(&self) -> bool {
        self.normalized.operation_for_introspection.is_none() && self.refused.is_empty() && self.diagnosis.is_empty()
    }
}

impl Pipeline {
    /// The answer to `ready`, if one fetch brings it. What that brought otherwise is left in `execution` for the engine.
    pub(super) async fn run_single(&self, ready: &Ready, execution: &mut Execution, counted: bool) -> Option<Executed> {
        let subgraphs = self.engine.subgraphs();
        let fetch = ready.plan.only_fetch().filter(|_| ready.is_plain() && !subgraphs.report_cost)?;
        let query = &*fetch.operation.document_str;
        let response = match &execution.fetched {
            Some(fetched) => fetched.take(query)?,
            None => subgraphs.fetch(&fetch.service_name, &request(fetch, &ready.variables), execution).await?,
        };
        let Some(body) = self.shape(ready, &response) else {
            execution.fetched = Some(Fetched::new(query.into(), response));
            return None;
        };
        if counted {
            note_cost(&execution.bill, ready.plan.costing.actual(ready.cost, &response.data, &ready.variables));
        }
        Some(Executed::new(ready, body, 0))
    }

    /// What the client gets of `response`, if it is all there.
    fn shape(&self, ready: &Ready, response: &SubgraphResponse<'_>) -> Option<Vec<u8>> {
        let flawless = response.errors.as_ref().is_none_or(Vec::is_empty) && matches!(response.data, Value::Object(_));
        let (normalized, variables) = (&ready.normalized, &ready.variables.variables_map);
        let size = response.bytes.as_ref().map_or(USUAL_ANSWER, Bytes::len);
        let (told, metadata) = (ExecutionResultExtensions::default(), &self.supergraph.planned.metadata);
        let shape = || project_by_operation(&response.data, vec![], &told, &normalized.root_type_name, &normalized.projection_plan, variables, size, metadata);
        flawless.then(shape)?.ok()
    }
}

/// What `fetch` asks of its subgraph: one that needs nothing of other fetches.
pub(super) fn request<'a>(fetch: &'a FetchNode, variables: &'a CoerceVariablesPayload) -> SubgraphExecutionRequest<'a> {
    let used = fetch.variable_usages.as_ref().zip(variables.variables_map.as_ref());
    let variables: Option<HashMap<_, _>> =
        used.map(|(usages, map)| usages.iter().filter_map(|name| map.get_key_value(name)).map(|(name, value)| (name.as_str(), value)).collect());
    SubgraphExecutionRequest {
        query: &fetch.operation.document_str,
        document_name_write_pos: fetch.operation.name_write_position,
        dedupe: false,
        operation_name: None,
        variables,
        headers: http::HeaderMap::new(),
        raw_variable_values: None,
        extensions: None,
        custom_scalar_paths: fetch.custom_scalar_paths.as_ref(),
        connection_fingerprint: None,
    }
}
