//! Stage: is the document valid against the supergraph, and within the limits of depth, aliases and directives?

use hive_router::GraphQLError;
use hive_router::graphql_tools::static_graphql::query::Document;
use hive_router::graphql_tools::validation::rules::default_rules_validation_plan;
use hive_router::graphql_tools::validation::validate::{ValidationPlan, validate as run};
use hive_router::pipeline::validation::max_aliases_rule::MaxAliasesRule;
use hive_router::pipeline::validation::max_depth_rule::MaxDepthRule;
use hive_router::pipeline::validation::max_directives_rule::MaxDirectivesRule;
use platform::config::GatewayConfig;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::error::{Fault, RequestError};
use crate::options::MAX_DIRECTIVES;
use crate::supergraph::{LoadError, Supergraph};

/// Errors told of one document: more help nobody.
const MAX_ERRORS: usize = 20;

pub(super) fn plan(config: &GatewayConfig) -> Result<ValidationPlan, LoadError> {
    let mut plan = default_rules_validation_plan();
    plan.add_rule(Box::new(MaxDepthRule { config: limit(config.max_depth)? }));
    plan.add_rule(Box::new(MaxAliasesRule { config: limit(config.max_aliases)? }));
    plan.add_rule(Box::new(MaxDirectivesRule { config: limit(MAX_DIRECTIVES)? }));
    Ok(plan)
}

/// The rules' configurations can only be made by deserialising.
fn limit<T: DeserializeOwned>(n: usize) -> Result<T, LoadError> {
    serde_json::from_value(json!({ "n": n })).map_err(|error| LoadError::Engine(error.to_string()))
}

pub(super) fn validate(supergraph: &Supergraph, plan: &ValidationPlan, document: &Document) -> Result<(), RequestError> {
    let errors = run(&supergraph.planned.planner.consumer_schema.document, document, plan);
    if errors.is_empty() {
        return Ok(());
    }
    let errors = errors.iter().take(MAX_ERRORS).map(|error| {
        let code = if error.error_code.starts_with("MAX_") { "OPERATION_TOO_LARGE" } else { "GRAPHQL_VALIDATION_FAILED" };
        GraphQLError { locations: GraphQLError::from(error).locations, ..GraphQLError::from_message_and_code(error.message.clone(), code) }
    });
    Err(RequestError { fault: Fault::Operation, errors: errors.collect() })
}
