//! Stage: the one operation that is meant, without fragments and duplicates, its introspection apart.

use std::sync::Arc;

use hive_router::executor::introspection::partition::partition_operation;
use hive_router::executor::projection::plan::ProjectionPlan;
use hive_router::graphql_tools::static_graphql::query::Document;
use hive_router::pipeline::normalize::{GraphQLNormalizationPayload, OperationIdentity, hash_normalized_operation};
use hive_router::query_planner::ast::normalization::normalize_operation;
use hive_router::query_planner::state::supergraph_state::OperationKind;

use super::error::{Fault, RequestError};
use crate::supergraph::Supergraph;

pub(super) fn normalize(supergraph: &Supergraph, document: &Document, operation_name: Option<&str>) -> Result<GraphQLNormalizationPayload, RequestError> {
    let normalized = normalize_operation(&supergraph.planned.planner.supergraph, document, operation_name)
        .map_err(|error| RequestError::new(Fault::Operation, "GRAPHQL_VALIDATION_FAILED", error.to_string()))?;
    let operation = normalized.operation;
    let kind = operation.operation_kind.clone().unwrap_or(OperationKind::Query);
    let metadata = &supergraph.planned.metadata;
    let root = match &kind {
        OperationKind::Query => metadata.query_type_name.as_ref(),
        OperationKind::Mutation => metadata.mutation_type_name.as_ref(),
        OperationKind::Subscription => metadata.subscription_type_name.as_ref(),
    };
    if root.is_none() {
        // Validation lets it pass, and the engine would panic.
        let message = format!("this schema has no {} type", kind.as_str());
        return Err(RequestError::new(Fault::Operation, "GRAPHQL_VALIDATION_FAILED", message));
    }
    let (root_type_name, projection_plan) = ProjectionPlan::from_operation(&operation, metadata);
    let root_type_name = root_type_name.to_owned();
    let parts = partition_operation(operation);
    let hashes = hash_normalized_operation(&parts.downstream_operation, parts.introspection_operation.as_ref());
    Ok(GraphQLNormalizationPayload {
        root_type_name,
        projection_plan: Arc::new(projection_plan),
        operation_for_plan: Arc::new(parts.downstream_operation),
        operation_for_plan_hash: hashes.operation_for_plan_hash,
        operation_for_introspection: parts.introspection_operation.map(Arc::new),
        operation_for_introspection_hash: hashes.operation_for_introspection_hash,
        normalized_operation_hash: hashes.combined_operation_hash,
        operation_identity: OperationIdentity { name: normalized.operation_name, operation_type: kind.clone(), client_document_hash: String::new() },
        operation_kind: kind,
    })
}
