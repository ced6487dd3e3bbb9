//! `POST /graphql`: one operation as JSON. Only `application/json` is read, which a page of another origin cannot send
//! without the browser asking us first.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use platform::graphql::RequestId;

use super::accept::Media;
use super::{answer, measure};
use crate::authentication;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, RequestError, Scope};

pub(super) async fn post(
    State(gateway): State<Gateway>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let started = Instant::now();
    let Some(media) = Media::preferred(&headers) else { return not_acceptable() };
    let request = check_content_type(&headers).and_then(|()| body.map_err(|_| too_large(&gateway))).and_then(|body| OperationRequest::from_json(&body));
    respond(&gateway, media, &headers, request, request_id, Allowed::Everything, started).await
}

/// Which operations a method may carry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Everything,
    /// GET is safe: links and prefetching must change nothing.
    Queries,
}

pub(super) async fn respond(
    gateway: &Gateway,
    media: Media,
    headers: &HeaderMap,
    request: Result<OperationRequest, RequestError>,
    request_id: RequestId,
    allowed: Allowed,
    started: Instant,
) -> Response {
    let mut kind = None;
    match run(gateway, headers, request, request_id, allowed, &mut kind).await {
        Ok(body) => {
            measure(kind.as_ref(), "executed", started);
            answer::executed(media, body)
        }
        Err(error) => {
            measure(kind.as_ref(), "refused", started);
            answer::refused(media, &error)
        }
    }
}

async fn run(
    gateway: &Gateway,
    headers: &HeaderMap,
    request: Result<OperationRequest, RequestError>,
    request_id: RequestId,
    allowed: Allowed,
    kind: &mut Option<OperationKind>,
) -> Result<Vec<u8>, RequestError> {
    let mut request = request?;
    let viewer = authentication::authenticate(&*gateway.inner.authenticator, headers).await?;
    let pipeline = &gateway.inner.pipeline;
    let prepared = pipeline.prepare(request.take_query()?, request.operation_name.take())?;
    *kind = Some(prepared.kind());
    match prepared.kind() {
        OperationKind::Subscription => {
            return Err(RequestError::new(Fault::Operation, "BAD_USER_INPUT", "live operations need a WebSocket (graphql-transport-ws) at this address"));
        }
        OperationKind::Mutation if allowed == Allowed::Queries => {
            return Err(RequestError::new(Fault::MethodNotAllowed, "BAD_USER_INPUT", "mutations need POST"));
        }
        OperationKind::Mutation | OperationKind::Query => {}
    }
    let ready = pipeline.ready(&prepared, request.variables.take().unwrap_or_default(), &viewer)?;
    Ok(pipeline.execute(ready, Arc::new(Scope { viewer, request_id })).await)
}

fn check_content_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(RequestError::new(Fault::UnsupportedMediaType, "BAD_USER_INPUT", "the content type must be application/json"))
}

fn too_large(gateway: &Gateway) -> RequestError {
    let max = gateway.inner.config.max_body_bytes;
    RequestError::new(Fault::TooLarge, "BAD_USER_INPUT", format!("the body must have at most {max} bytes"))
}

pub(super) fn not_acceptable() -> Response {
    let error = RequestError::new(Fault::NotAcceptable, "BAD_USER_INPUT", "answers are application/graphql-response+json or application/json");
    answer::refused(Media::Json, &error)
}
