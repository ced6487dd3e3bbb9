//! `POST /graphql`: one operation as JSON, which a page of another origin cannot send without the browser asking us first; or in
//! a form with files, under the same condition.

use std::error::Error;
use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::respond::{Asked, respond};
use super::upload;
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, RequestError};

pub(super) async fn post(gateway: &Gateway, entrance: &Entrance, request: Request) -> Response {
    let started = Instant::now();
    let (Parts { headers, .. }, body) = request.into_parts();
    let limit = gateway.inner.config.transport.body_timeout();
    let operation = tokio::time::timeout(limit, read(gateway, &headers, body)).await;
    let operation = operation.unwrap_or_else(|_| Err(RequestError::new(Fault::Timeout, "BAD_USER_INPUT", "the body took too long to arrive")));
    respond(gateway, &headers, entrance, Asked { operation, by_get: false, started }).await
}

/// The operation of the body, within the limits of size.
async fn read(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<OperationRequest, RequestError> {
    let config = &gateway.inner.config;
    if upload::is_multipart(headers) {
        return Box::pin(upload::read(headers, body, config.limits.max_body_bytes, &config.transport)).await;
    }
    check_content_type(headers)?;
    let max = config.limits.max_body_bytes;
    let body = Limited::new(body, max).collect().await.map_err(|error| unreadable(&*error, max))?;
    OperationRequest::from_json(&body.to_bytes())
}

fn unreadable(error: &(dyn Error + 'static), max: usize) -> RequestError {
    if error.is::<LengthLimitError>() {
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
