//! Stage: what does an operation cost? Estimated before it runs and refused above the maximum; counted afterwards from its answer.
//!
//! By IBM's specification (<https://ibm.github.io/graphql-specs/cost-spec.html>) in the form Apollo and Hive give it: an object
//! costs 1, a scalar nothing, a mutation 10, a list its size times its items; `@cost` and `@listSize` say otherwise. Estimated is
//! the operation as the client wrote it and not its plan, so that a client can foresee the cost and moving a field to another
//! subgraph does not change it. Counting is the engine's own, by the same rules.

mod expression;

use std::collections::BTreeMap;
use std::sync::Arc;

use hive_router::config::demand_control::{DemandControlActualCostMode, DemandControlMode};
use hive_router::executor::execution::demand_control::subgraph_response_tracker::SubgraphResponseCostTracker;
use hive_router::executor::execution::demand_control::{
    CompiledActualCostPlan, DemandControlEvaluation, DemandControlExecutionActualCostContext, DemandControlExecutionContext,
    DemandControlExecutionOperationContext, DemandControlExecutionSubgraphsContext, compile_actual_response_shape_cost_plan,
};
use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::executor::response::value::Value;
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use platform::config::LimitsConfig;

use self::expression::{Compiler, Expression};
use super::error::{Fault, RequestError};
use crate::supergraph::Supergraph;

/// Codes of Apollo Router and Hive Router.
const TOO_EXPENSIVE: &str = "COST_ESTIMATED_TOO_EXPENSIVE";
const SLICING_ARGUMENTS: &str = "COST_INVALID_SLICING_ARGUMENTS";

/// What any mutation costs, for being one.
const MUTATION: u64 = 10;

/// How to tell what one operation costs; made once and kept with its plan.
pub(crate) struct Costing {
    estimate: Expression,
    actual: Arc<CompiledActualCostPlan>,
}

/// What an operation with these variables will cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) estimated: u64,
    pub(crate) max: u64,
}

impl Costing {
    pub(super) fn of(supergraph: &Supergraph, normalized: &GraphQLNormalizationPayload, limits: &LimitsConfig) -> Self {
        let planner = &supergraph.planned.planner;
        let compiler =
            Compiler { supergraph: &planner.supergraph, schema: &planner.consumer_schema.document, assumed_list_size: limits.assumed_list_size.into() };
        let base = if normalized.operation_kind == OperationKind::Mutation { MUTATION } else { 0 };
        let operation = &normalized.operation_for_plan;
        let estimate = compiler.operation(&operation.selection_set, &normalized.root_type_name).plus(base);
        let actual = compile_actual_response_shape_cost_plan(operation, &normalized.root_type_name, &planner.supergraph);
        Self { estimate, actual: Arc::new(CompiledActualCostPlan::ByResponseShape(actual)) }
    }

    /// The estimate, or why the operation is refused.
    pub(super) fn estimate(&self, supergraph: &Supergraph, variables: &CoerceVariablesPayload, limits: &LimitsConfig) -> Result<Cost, RequestError> {
        let estimated = self.estimate.value(&supergraph.planned.planner.supergraph, variables).map_err(|wrong| {
            let message = format!("`{}` needs exactly one of its arguments that tell how many items there are", wrong.field);
            RequestError::new(Fault::Operation, SLICING_ARGUMENTS, message).of_field(&wrong.field)
        })?;
        crate::metrics::ESTIMATED_COSTS.record(to_metric(estimated));
        let max = limits.max_cost;
        if estimated > max {
            let message = format!("the operation costs {estimated}, more than {max}; ask for fewer items or fewer fields of them");
            let mut error = RequestError::new(Fault::Operation, TOO_EXPENSIVE, message);
            for error in &mut error.errors {
                error.extensions.set("cost".to_owned(), sonic_rs::json!({ "estimated": estimated, "max": max }));
            }
            return Err(error);
        }
        Ok(Cost { estimated, max })
    }

    /// What the answer with this data really cost, as the engine counts.
    pub(super) fn actual(&self, cost: Cost, data: &Value<'_>, variables: &CoerceVariablesPayload) -> u64 {
        self.counting(cost).calculate_actual_cost(data, &variables.variables_map, &SubgraphResponseCostTracker::new())
    }

    /// Has the engine count what the answer really cost.
    pub(super) fn counting(&self, cost: Cost) -> DemandControlExecutionContext {
        DemandControlExecutionContext {
            evaluation: DemandControlEvaluation { estimated_cost: cost.estimated, per_subgraph: Arc::default() },
            metrics_recorder: None,
            operation: DemandControlExecutionOperationContext { operation_max_cost: cost.max, expose_headers_flags: Arc::default() },
            // One budget for the whole operation is what a client can understand.
            subgraphs: DemandControlExecutionSubgraphsContext {
                enforcement_mode: DemandControlMode::Measure,
                blocked_subgraphs: BTreeMap::new(),
                blocked_subgraphs_enforcement_mode: DemandControlMode::Measure,
            },
            actual: DemandControlExecutionActualCostContext { cost_mode: DemandControlActualCostMode::ByResponseShape, cost_plan: self.actual.clone() },
        }
    }
}

/// Measurements are floating; above 2^32 a cost only has to look large.
pub(crate) fn to_metric(cost: u64) -> f64 {
    u32::try_from(cost).unwrap_or(u32::MAX).into()
}
