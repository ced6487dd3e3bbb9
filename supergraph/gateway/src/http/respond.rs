//! What GET and POST share once they know the operation: who asks, may it run, and one answer or a stream of them.

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use axum::response::Response;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use platform::graphql::RequestId;

use super::accept::{Accepted, Media};
use super::{answer, caching, measure, stream};
use crate::admission::{Admitted, Carrier, Refusal, admit};
use crate::authentication;
use crate::client::Client;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, RequestError, Scope};

/// A request, read.
pub(super) struct Asked {
    pub(super) operation: Result<OperationRequest, RequestError>,
    pub(super) request_id: RequestId,
    /// Then it must be safe: links and prefetching must change nothing.
    pub(super) by_get: bool,
    pub(super) started: Instant,
}

/// The answer, in a form that the client takes.
pub(super) async fn respond(gateway: &Gateway, headers: &HeaderMap, asked: Asked) -> Response {
    let (started, by_get) = (asked.started, asked.by_get);
    let Some(accepted) = Accepted::of(headers) else { return not_acceptable() };
    let (admitted, scope) = match let_in(gateway, headers, accepted, asked).await {
        Ok(admitted) => admitted,
        Err(Refusal { error, kind }) => {
            measure(kind.as_ref(), "refused", started);
            return refused(accepted, &error);
        }
    };
    let kind = admitted.kind.clone();
    match accepted {
        Accepted { single: Some(media), stream } if kind != OperationKind::Subscription || stream.is_none() => {
            let executed = admitted.pipeline.execute(admitted.ready, scope.clone()).await;
            measure(Some(&kind), "executed", started);
            caching::told(&executed, &scope.viewer, by_get).answer(headers, || answer::executed(media, executed.body))
        }
        Accepted { stream: Some(framing), .. } => {
            measure(Some(&kind), "streamed", started);
            stream::answers(gateway, framing, admitted, scope)
        }
        Accepted { .. } => not_acceptable(),
    }
}

async fn let_in(gateway: &Gateway, headers: &HeaderMap, accepted: Accepted, asked: Asked) -> Result<(Admitted, Arc<Scope>), Refusal> {
    let operation = asked.operation?;
    let viewer = authentication::authenticate(&*gateway.inner.authenticator, headers).await?;
    let scope = Arc::new(Scope { viewer, client: Client::of(headers), request_id: asked.request_id });
    let carrier = match (asked.by_get, accepted.stream.is_some()) {
        (true, false) => Carrier::Get,
        (true, true) => Carrier::GetStream,
        (false, false) => Carrier::Post,
        (false, true) => Carrier::Stream,
    };
    Ok((admit(gateway, &scope, operation, carrier).await?, scope))
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
