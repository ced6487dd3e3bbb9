//! Stage: is the document valid against the supergraph?

use hive_router::GraphQLError;
use hive_router::graphql_tools::static_graphql::query::Document;
use hive_router::graphql_tools::validation::rules::default_rules_validation_plan;
use hive_router::graphql_tools::validation::utils::ValidationError;
use hive_router::graphql_tools::validation::validate::{ValidationPlan, validate as run};
use kernel::ErrorKind;

use super::error::{Fault, RequestError};
use super::literals::{self, ArgumentsOfCorrectType};
use super::variables;
use crate::supergraph::Supergraph;

/// Errors told of one document: more help nobody.
const MAX_ERRORS: usize = 20;

pub(super) fn plan() -> ValidationPlan {
    let mut plan = default_rules_validation_plan();
    plan.add_rule(Box::new(ArgumentsOfCorrectType));
    plan
}

pub(super) fn validate(supergraph: &Supergraph, plan: &ValidationPlan, document: &Document) -> Result<(), RequestError> {
    let errors = run(&supergraph.planned.planner.consumer_schema.document, document, plan);
    if errors.is_empty() {
        return Ok(());
    }
    // The default rules tell of a wrong argument as well, but not of which.
    let named = errors.iter().any(|error| error.error_code == literals::CODE);
    let told = errors.iter().filter(|error| !named || error.error_code != literals::UNNAMED).take(MAX_ERRORS);
    Err(RequestError { fault: Fault::Operation, errors: told.map(publish).collect() })
}

fn publish(error: &ValidationError) -> GraphQLError {
    let locations = GraphQLError::from(error).locations;
    let Some((field, _)) = error.message.split_once(':').filter(|_| error.error_code == literals::CODE) else {
        return GraphQLError { locations, ..GraphQLError::from_message_and_code(error.message.clone(), "GRAPHQL_VALIDATION_FAILED") };
    };
    let mut public = GraphQLError::from_message_and_code(error.message.clone(), ErrorKind::BadUserInput.code());
    public.extensions.set("field".to_owned(), variables::field_of(field).into());
    GraphQLError { locations, ..public }
}
