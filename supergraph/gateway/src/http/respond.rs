//! What GET and POST share once they know the operation: who asks, may it run, and one answer or a stream of them.

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use tracing::Instrument as _;

use super::accept::{Accepted, Media};
use super::{answer, caching, stream};
use crate::admission::{Admitted, Carrier, admit};
use crate::client::Client;
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::live_connections::{LiveConnection, TooMany};
use crate::pipeline::{Fault, OperationRequest, RequestError, Scope};
use crate::record::{Outcome, Record};

/// A request, read.
pub(super) struct Asked {
    pub(super) operation: Result<OperationRequest, RequestError>,
    /// Then it must be safe: links and prefetching must change nothing.
    pub(super) by_get: bool,
    pub(super) started: Instant,
}

/// The answer, in a form that the client takes.
pub(super) async fn respond(gateway: &Gateway, headers: &HeaderMap, entrance: &Entrance, asked: Asked) -> Response {
    let Some(accepted) = Accepted::of(headers) else { return not_acceptable() };
    let carrier = match (asked.by_get, accepted.stream.is_some()) {
        (true, false) => Carrier::Get,
        (true, true) => Carrier::GetStream,
        (false, false) => Carrier::Post,
        (false, true) => Carrier::Stream,
    };
    let mut record = Record::begin(gateway, carrier.as_str(), &entrance.request_id, Client::of(headers), asked.started);
    let span = record.span();
    let by_get = asked.by_get;
    let (admitted, scope) = match let_in(gateway, headers, entrance, asked, carrier, &mut record).instrument(span.clone()).await {
        Ok(admitted) => admitted,
        Err(error) => {
            let response = refused(accepted, &error);
            record.end(Outcome::Refused, response.status().as_u16());
            return response;
        }
    };
    match accepted {
        Accepted { single: Some(media), stream } if admitted.kind != OperationKind::Subscription || stream.is_none() => {
            let debt = admitted.debt();
            let executed = admitted.pipeline.execute(admitted.ready, scope.clone()).instrument(span).await;
            debt.settle(gateway, &scope).await;
            let told = caching::told(&executed, &scope.viewer, by_get);
            let bytes = executed.body.len();
            let response = told.answer(headers, || answer::executed(media, executed.body));
            record.answered(if response.status() == StatusCode::NOT_MODIFIED { 0 } else { bytes });
            record.end(Outcome::Executed, response.status().as_u16());
            response
        }
        Accepted { stream: Some(framing), .. } => match counted(gateway, &admitted, &scope) {
            Ok(live) => stream::answers(gateway, framing, admitted, live, scope, record),
            Err(too_many) => {
                let response = refused(accepted, &too_many.into());
                record.end(Outcome::Refused, response.status().as_u16());
                response
            }
        },
        Accepted { .. } => not_acceptable(),
    }
}

/// A live operation is a live connection of its viewer; a query or mutation ends soon.
fn counted(gateway: &Gateway, admitted: &Admitted, scope: &Scope) -> Result<Option<LiveConnection>, TooMany> {
    let live = admitted.kind == OperationKind::Subscription;
    live.then(|| gateway.inner.live_connections.open(&scope.viewer, scope.caller.known_address())).transpose()
}

async fn let_in(
    gateway: &Gateway,
    headers: &HeaderMap,
    entrance: &Entrance,
    asked: Asked,
    carrier: Carrier,
    record: &mut Record,
) -> Result<(Admitted, Arc<Scope>), RequestError> {
    let operation = asked.operation?;
    let scope = Arc::new(entrance.scope(gateway, headers).await?);
    record.viewer(&scope.viewer);
    Ok((admit(gateway, &scope, operation, carrier, record).await?, scope))
}

/// Who takes only a stream gets what is wrong with the operation in one (GraphQL over SSE, "Document validation"): readers of
/// streams see no body of another status. What is wrong before that is a status in any case.
fn refused(accepted: Accepted, error: &RequestError) -> Response {
    match accepted {
        Accepted { single: None, stream: Some(framing) } if error.fault == Fault::Operation => stream::refused(framing, error),
        Accepted { single, .. } => answer::refused(single.unwrap_or(Media::Json), error),
    }
}

fn not_acceptable() -> Response {
    let types = "answers are application/graphql-response+json or application/json, \
                 and streams of them text/event-stream or multipart/mixed;subscriptionSpec=1.0";
    answer::refused(Media::Json, &RequestError::new(Fault::NotAcceptable, "BAD_USER_INPUT", types))
}
