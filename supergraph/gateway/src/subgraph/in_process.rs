//! Subgraphs in this process: executed in place, on the request's own task. Handing them to another runtime doubled the cost
//! when measured.

use std::panic::AssertUnwindSafe;

use async_graphql::{Name, Request, Value, Variables};
use futures::{FutureExt as _, StreamExt as _};
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use hive_router::executor::executors::error::SubgraphExecutorError;
use kernel::ErrorKind;
use platform::subgraph::Subgraph;

use super::representations::representations;
use super::values::{Unfit, values};
use super::{Answer, Events, Failure, Wanted, event, failed};
use crate::pipeline::Scope;

/// Runs a fetch. A panic of the subgraph costs this fetch only: let through, it would reset the client's connection and
/// hold up a graceful stop.
pub(super) async fn execute(
    subgraph: &dyn Subgraph,
    fetch: &SubgraphExecutionRequest<'_>,
    scope: &Scope,
    Wanted { max_bytes, json }: Wanted,
) -> Result<Answer, Failure> {
    let request = request(fetch, scope).map_err(|error| fault(subgraph, "its variables cannot be read", &error))?;
    let Ok(response) = AssertUnwindSafe(subgraph.execute(request)).catch_unwind().await else {
        tracing::error!(subgraph = subgraph.name(), "a resolver panicked");
        return Err(Failure::Internal);
    };
    let response = if json { Err(Unfit::ForJson(Box::new(response))) } else { values(response, fetch.custom_scalar_paths, max_bytes) };
    match response {
        Ok(response) => Ok(Answer::Values(response)),
        Err(Unfit::ForJson(response)) => {
            let json = sonic_rs::to_vec(&response).map_err(|error| fault(subgraph, "its response cannot be written", &error))?;
            if json.len() > max_bytes { Err(Failure::TooLarge) } else { Ok(Answer::Json(json.into())) }
        }
        Err(Unfit::TooLarge) => Err(Failure::TooLarge),
    }
}

/// Starts the source of a live operation. A panic ends it with an error.
pub(super) fn live(subgraph: &dyn Subgraph, fetch: &SubgraphExecutionRequest<'_>, scope: &Scope) -> Result<Events, SubgraphExecutorError> {
    let request = request(fetch, scope).map_err(|error| SubgraphExecutorError::VariablesSerializationFailure(String::new(), error))?;
    let name = subgraph.name();
    let custom_scalars = fetch.custom_scalar_paths.cloned();
    let events = AssertUnwindSafe(subgraph.live(request)).catch_unwind().map(move |response| match response {
        Ok(response) => {
            let json = sonic_rs::to_vec(&response).map_err(|error| SubgraphExecutorError::ResponseDeserializationFailure(error, None))?;
            event(json.into(), custom_scalars.as_ref())
        }
        Err(_) => {
            tracing::error!(subgraph = name, "a live operation panicked");
            Ok(failed(ErrorKind::Internal))
        }
    });
    Ok(Box::pin(events))
}

fn request(fetch: &SubgraphExecutionRequest<'_>, scope: &Scope) -> Result<Request, sonic_rs::Error> {
    let mut variables = Variables::default();
    for (name, value) in fetch.variables.iter().flatten() {
        variables.insert(Name::new(name), sonic_rs::from_value::<Value>(value)?);
    }
    for (name, json) in fetch.raw_variable_values.iter().flatten() {
        variables.insert(Name::new(name), representations(json)?);
    }
    Ok(Request::new(fetch.query).variables(variables).data(scope.viewer.clone()).data(scope.origin()))
}

fn fault(subgraph: &dyn Subgraph, what: &str, error: &sonic_rs::Error) -> Failure {
    tracing::error!(subgraph = subgraph.name(), %error, what, "a fetch failed");
    Failure::Internal
}
