//! `POST /graphql`: one operation as JSON, which a page of another origin cannot send without the browser asking us first; or in
//! a form with files, under the same condition.

use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::respond::{Asked, respond};
use super::upload;
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, RequestError};

pub(super) async fn post(State(gateway): State<Gateway>, Extension(entrance): Extension<Entrance>, mut request: Request) -> Response {
    let started = Instant::now();
    let headers = std::mem::take(request.headers_mut());
    let limit = gateway.inner.config.transport.body_timeout();
    let operation = tokio::time::timeout(limit, read(&gateway, &headers, request)).await;
    let operation = operation.unwrap_or_else(|_| Err(RequestError::new(Fault::Timeout, "BAD_USER_INPUT", "the body took too long to arrive")));
    respond(&gateway, &headers, &entrance, Asked { operation, by_get: false, started }).await
}

/// The operation of the body, within the limits of size.
async fn read(gateway: &Gateway, headers: &HeaderMap, mut request: Request) -> Result<OperationRequest, RequestError> {
    let config = &gateway.inner.config;
    if upload::is_multipart(headers) {
        return upload::read(headers, request.into_body(), config.limits.max_body_bytes, &config.transport).await;
    }
    check_content_type(headers)?;
    DefaultBodyLimit::max(config.limits.max_body_bytes).apply(&mut request);
    let body = Bytes::from_request(request, &()).await.map_err(|rejection| unreadable(gateway, rejection))?;
    OperationRequest::from_json(&body)
}

fn unreadable(gateway: &Gateway, rejection: BytesRejection) -> RequestError {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        let max = gateway.inner.config.limits.max_body_bytes;
        return RequestError::new(Fault::TooLarge, "MAX_BODY_LIMIT", format!("the body must have at most {max} bytes, decompressed"));
    }
    RequestError::bad_request("the body broke off, or is not compressed as its content-encoding says")
}

fn check_content_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next()).unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(RequestError::new(Fault::UnsupportedMediaType, "BAD_USER_INPUT", "the content type must be application/json, or multipart/form-data for files"))
}
