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
use crate::admission::{Admitted, Carrier, Refusal, admit};
use crate::authentication;
use crate::client::Client;
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
    respond(&gateway, media, &headers, request, request_id, Carrier::Post, started).await
}

/// One answer to one operation.
pub(super) async fn respond(
    gateway: &Gateway,
    media: Media,
    headers: &HeaderMap,
    request: Result<OperationRequest, RequestError>,
    request_id: RequestId,
    carrier: Carrier,
    started: Instant,
) -> Response {
    match run(gateway, headers, request, request_id, carrier).await {
        Ok((kind, body)) => {
            measure(Some(&kind), "executed", started);
            answer::executed(media, body)
        }
        Err(Refusal { error, kind }) => {
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
    carrier: Carrier,
) -> Result<(OperationKind, Vec<u8>), Refusal> {
    let request = request?;
    let viewer = authentication::authenticate(&*gateway.inner.authenticator, headers).await?;
    let scope = Scope { viewer, client: Client::of(headers), request_id };
    let Admitted { pipeline, ready, kind } = admit(gateway, &scope, request, carrier).await?;
    Ok((kind, pipeline.execute(ready, Arc::new(scope)).await))
}

fn check_content_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(RequestError::new(Fault::UnsupportedMediaType, "BAD_USER_INPUT", "the content type must be application/json"))
}

fn too_large(gateway: &Gateway) -> RequestError {
    let max = gateway.inner.config.limits.max_body_bytes;
    RequestError::new(Fault::TooLarge, "MAX_BODY_LIMIT", format!("the body must have at most {max} bytes"))
}

pub(super) fn not_acceptable() -> Response {
    let error = RequestError::new(Fault::NotAcceptable, "BAD_USER_INPUT", "answers are application/graphql-response+json or application/json");
    answer::refused(Media::Json, &error)
}
