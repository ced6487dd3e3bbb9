//! Stage: fields that `@authenticated` and its kin refuse to this viewer are taken out of the operation before anything is
//! planned; each is an error at its path, and the rest is answered.

use std::collections::HashSet;
use std::sync::Arc;

use hive_router::GraphQLError;
use hive_router::executor::execution::client_request_details::JwtRequestDetails;
use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::pipeline::authorization::{AuthorizationDecision, AuthorizationError, apply_authorization_to_operation};
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use kernel::{ErrorKind, Viewer};

use super::Prepared;
use super::error::{RequestError, path_of};
use crate::supergraph::Supergraph;

/// What is left for the viewer.
pub(super) struct Allowed {
    pub(super) normalized: Arc<GraphQLNormalizationPayload>,
    pub(super) plan_key: Arc<str>,
    pub(super) refused: Vec<GraphQLError>,
}

pub(super) fn authorize(supergraph: &Supergraph, prepared: &Prepared, variables: &CoerceVariablesPayload, viewer: &Viewer) -> Result<Allowed, RequestError> {
    let decision = apply_authorization_to_operation(
        &prepared.normalized,
        &supergraph.authorization,
        &supergraph.planned.metadata,
        variables,
        &details(viewer),
        &HashSet::new(),
        true,
        false,
    )
    .map_err(|error| {
        tracing::error!(%error, "authorisation failed");
        RequestError::internal()
    })?;
    let (operation, projection, errors) = match decision {
        AuthorizationDecision::NoChange => {
            return Ok(Allowed { normalized: prepared.normalized.clone(), plan_key: prepared.plan_key.clone(), refused: Vec::new() });
        }
        AuthorizationDecision::Modified { new_operation_definition, new_projection_plan, errors } => (new_operation_definition, new_projection_plan, errors),
        // Not asked for, above.
        AuthorizationDecision::Reject { .. } => return Err(RequestError::internal()),
    };
    let plan_key = operation.to_string().into();
    let mut normalized = (*prepared.normalized).clone();
    normalized.operation_for_plan_hash = operation.hash();
    normalized.operation_for_plan = Arc::new(operation);
    normalized.projection_plan = projection;
    let refused = errors.iter().map(|error| refusal(error, viewer)).collect();
    Ok(Allowed { normalized: Arc::new(normalized), plan_key, refused })
}

/// The engine reads only whether somebody is signed in, and scopes, which no credential carries yet.
fn details(viewer: &Viewer) -> JwtRequestDetails {
    match viewer {
        Viewer::Anonymous => JwtRequestDetails::Unauthenticated,
        Viewer::SignedIn(_) | Viewer::Partner(_) => {
            JwtRequestDetails::Authenticated { token: String::new(), prefix: None, claims: sonic_rs::Value::new_null(), scopes: None }
        }
    }
}

fn refusal(error: &AuthorizationError, viewer: &Viewer) -> GraphQLError {
    let (message, kind) = match viewer {
        Viewer::Anonymous => ("sign in first", ErrorKind::Unauthenticated),
        Viewer::SignedIn(_) | Viewer::Partner(_) => ("you may not do this", ErrorKind::Forbidden),
    };
    GraphQLError { path: Some(path_of(&error.path)), ..GraphQLError::from_message_and_code(message, kind.code()) }
}
