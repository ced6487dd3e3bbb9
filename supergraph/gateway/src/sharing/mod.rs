//! One execution for what several clients ask at the same moment. Two requests are the same when operation, variables and viewer are:
//! the whole viewer, sign-in and all, so that nothing of one person can reach another. Who is not signed in is one viewer.

mod live;
mod queries;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use axum::http::HeaderMap;
use kernel::Viewer;

use crate::pipeline::{Prepared, Ready, Scope};

pub(crate) use live::LiveSharing;
pub(crate) use queries::QuerySharing;

/// What makes two requests the same.
#[derive(Clone)]
pub(crate) struct Asked {
    /// One operation of one supergraph: its prepared form is made once, and kept alive here as long as it is compared.
    operation: Arc<Prepared>,
    /// The coerced values as JSON, in the order in which the operation declares them.
    variables: Arc<[u8]>,
    viewer: Viewer,
    /// What foreign subgraphs see of the request, by which they may know a person.
    forwarded: Arc<HeaderMap>,
}

impl Asked {
    /// None when nobody else's answer will do: the request's own plan and timing are wanted, or a variable cannot be written and so
    /// not be compared.
    pub(crate) fn new(ready: &Ready, scope: &Scope) -> Option<Self> {
        if ready.is_traced() {
            return None;
        }
        let (operation, variables) = (ready.prepared(), ready.variables());
        let mut json = Vec::new();
        let definitions = operation.normalized.operation_for_plan.variable_definitions.iter().flatten();
        let introspection = operation.normalized.operation_for_introspection.iter().flat_map(|part| part.variable_definitions.iter().flatten());
        for definition in definitions.chain(introspection) {
            // Left out and null differ.
            if let Some(value) = variables.variables_map.as_ref().and_then(|values| values.get(&definition.name)) {
                sonic_rs::to_writer(&mut json, value).ok()?;
            }
            json.push(b'\n');
        }
        Some(Self { operation: operation.clone(), variables: json.into(), viewer: scope.viewer.clone(), forwarded: scope.forwarded.clone() })
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.operation, &other.operation) && self.variables == other.variables && self.viewer == other.viewer && self.forwarded == other.forwarded
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.operation).hash(state);
        self.variables.hash(state);
        // One person's several sign-ins meet here and are told apart by equality.
        self.viewer.user_id().hash(state);
    }
}
