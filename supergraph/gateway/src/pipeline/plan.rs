//! Stage: which subgraphs are asked what, in which order. Cached by the operation that is left after authorisation.

use std::collections::HashSet;
use std::sync::Arc;

use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use hive_router::query_planner::graph::PlannerOverrideContext;
use hive_router::query_planner::planner::PlannerError;
use hive_router::query_planner::planner::plan_nodes::{FetchNode, PlanNode, QueryPlan};
use hive_router::query_planner::planner::query_plan::QUERY_PLAN_KIND;
use hive_router::query_planner::utils::cancellation::CancellationToken;
use moka::sync::Cache;
use platform::config::LimitsConfig;

use super::cost::Costing;
use super::error::{Fault, RequestError};
use crate::options::PLANNING;
use crate::supergraph::Supergraph;

/// How an operation is executed.
pub(crate) struct Plan {
    pub(super) query: QueryPlan,
    /// The fetch whose events drive a live operation; `query` then has a plain fetch in its place.
    pub(super) source: Option<FetchNode>,
    pub(super) costing: Costing,
}

pub(super) fn plan(
    supergraph: &Supergraph,
    plans: &Cache<Arc<str>, Arc<Plan>>,
    normalized: &GraphQLNormalizationPayload,
    key: &Arc<str>,
    limits: &LimitsConfig,
) -> Result<Arc<Plan>, RequestError> {
    if let Some(plan) = plans.get(key) {
        return Ok(plan);
    }
    let plan = Arc::new(make(supergraph, normalized, limits)?);
    plans.insert(key.clone(), plan.clone());
    Ok(plan)
}

fn make(supergraph: &Supergraph, normalized: &GraphQLNormalizationPayload, limits: &LimitsConfig) -> Result<Plan, RequestError> {
    let costing = Costing::of(supergraph, normalized, limits);
    let nothing_to_fetch = normalized.operation_for_plan.selection_set.is_empty();
    if nothing_to_fetch && (normalized.operation_for_introspection.is_some() || !normalized.projection_plan.is_empty()) {
        return Ok(Plan { query: QueryPlan { kind: QUERY_PLAN_KIND, node: None }, source: None, costing });
    }
    let overrides = PlannerOverrideContext::new(HashSet::new(), 0);
    let limit = CancellationToken::with_timeout(PLANNING);
    let planning = supergraph.planned.planner.plan_from_normalized_operation(&normalized.operation_for_plan, overrides, &limit);
    let mut query = planning.map_err(|error| refuse(&error))?.into_executable();
    let source = take_source(&mut query);
    Ok(Plan { query, source, costing })
}

fn refuse(error: &PlannerError) -> RequestError {
    if matches!(error, PlannerError::CancellationError(_)) {
        return RequestError::new(Fault::Operation, "OPERATION_TOO_COMPLEX", "the operation takes too long to plan");
    }
    tracing::error!(%error, "a valid operation cannot be planned");
    RequestError::internal()
}

/// The engine would run a live fetch itself, over HTTP and without plugins. Put as a plain fetch it is answered with each
/// event, and what other subgraphs add is joined by the rest of the plan.
fn take_source(query: &mut QueryPlan) -> Option<FetchNode> {
    let first = match query.node.as_mut()? {
        PlanNode::Sequence(sequence) => sequence.nodes.first_mut()?,
        node => node,
    };
    let PlanNode::Subscription(live) = first else { return None };
    let source = live.primary.clone();
    *first = PlanNode::Fetch(Box::new(source.clone()));
    Some(source)
}
