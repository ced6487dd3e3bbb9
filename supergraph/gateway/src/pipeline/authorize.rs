//! Stage: fields that `@authenticated` and its kin refuse to this viewer are taken out of the operation before anything is
//! planned; each is an error at its path, and the rest is answered.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hive_router::GraphQLError;
use hive_router::executor::execution::client_request_details::JwtRequestDetails;
use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::pipeline::authorization::{AuthorizationDecision, AuthorizationError, apply_authorization_to_operation};
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use kernel::{ErrorKind, Scope, Viewer};

use super::error::{RequestError, path_of};
use super::{Prepared, Scope as Asker};
use crate::access;
use crate::supergraph::Supergraph;

/// Who is known to be allowed the whole of one operation. The rules of the schema, the operation and the kind of viewer decide that, and
/// variables only where parts of the operation come and go with them: then nothing is remembered. Nor is it of viewers who differ in
/// their scopes.
pub(super) struct Whole {
    is_fixed: bool,
    people: AtomicBool,
    nobody: AtomicBool,
}

impl Whole {
    /// Of the operation with this text, nothing being known. A text that only looks as if it had conditions is asked about each time.
    pub(super) fn of(operation: &str) -> Self {
        let is_fixed = !operation.contains("@include") && !operation.contains("@skip");
        Self { is_fixed, people: AtomicBool::new(false), nobody: AtomicBool::new(false) }
    }

    fn of_viewer(&self, scope: &Asker) -> Option<&AtomicBool> {
        let known = match (&scope.viewer, &scope.scopes) {
            (Viewer::Anonymous, _) => &self.nobody,
            (Viewer::SignedIn(_), None) => &self.people,
            (Viewer::SignedIn(_), Some(_)) | (Viewer::Partner(_), _) => return None,
        };
        self.is_fixed.then_some(known)
    }
}

/// What is left for the viewer.
pub(super) struct Allowed {
    pub(super) normalized: Arc<GraphQLNormalizationPayload>,
    pub(super) plan_key: Arc<str>,
    pub(super) refused: Vec<GraphQLError>,
}

pub(super) fn authorize(
    supergraph: &Supergraph,
    prepared: &Prepared,
    variables: &CoerceVariablesPayload,
    scope: &Asker,
    anonymous_scopes: &[String],
) -> Result<Allowed, RequestError> {
    let whole = || Allowed { normalized: prepared.normalized.clone(), plan_key: prepared.plan_key.clone(), refused: Vec::new() };
    let known = prepared.whole.of_viewer(scope);
    if known.is_some_and(|known| known.load(Ordering::Relaxed)) {
        return Ok(whole());
    }
    let decision = apply_authorization_to_operation(
        &prepared.normalized,
        &supergraph.authorization,
        &supergraph.planned.metadata,
        variables,
        &details(scope, anonymous_scopes),
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
            if let Some(known) = known {
                known.store(true, Ordering::Relaxed);
            }
            return Ok(whole());
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
    let refused = errors.iter().map(|error| refusal(error, &scope.viewer)).collect();
    Ok(Allowed { normalized: Arc::new(normalized), plan_key, refused })
}

/// The engine is asked about scopes alone, of which everybody has some: what else the rules want was made one by
/// [`access::as_scopes`].
fn details(scope: &Asker, anonymous_scopes: &[String]) -> JwtRequestDetails {
    let own = |scopes: &[Scope]| scopes.iter().map(|scope| scope.as_str().to_owned()).collect::<Vec<_>>();
    let scopes = match &scope.viewer {
        Viewer::Anonymous => [&[access::ANYBODY.to_owned()], anonymous_scopes].concat(),
        Viewer::SignedIn(_) => {
            let named = scope.scopes.as_ref().map_or_else(|| own(&Scope::ALL), |scopes| scopes.to_vec());
            [vec![access::ANYBODY.to_owned(), access::SESSION.to_owned()], named].concat()
        }
        Viewer::Partner(partner) => own(&partner.scopes),
    };
    JwtRequestDetails::Authenticated { token: String::new(), prefix: None, claims: sonic_rs::Value::new_null(), scopes: Some(scopes) }
}

fn refusal(error: &AuthorizationError, viewer: &Viewer) -> GraphQLError {
    let (message, kind) = match viewer {
        Viewer::Anonymous => ("sign in first", ErrorKind::Unauthenticated),
        Viewer::SignedIn(_) => ("you may not do this", ErrorKind::Forbidden),
        Viewer::Partner(_) => ("this API key may not be used for this", ErrorKind::Forbidden),
    };
    GraphQLError { path: Some(path_of(&error.path)), ..GraphQLError::from_message_and_code(message, kind.code()) }
}
