//! Stage: an outcome becomes an HTTP response with the status its media type wants.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use kernel::ErrorKind;

use super::accept::{Accepted, Media};
use crate::pipeline::{Fault, RequestError};

const HEADERS: usize = 16;

/// The response of an executed operation.
pub(super) fn executed(media: Media, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    // As many as an answer mostly has at last: a map that grows is copied each time.
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    response
}

/// The response of a request that was not executed.
pub(super) fn refused(media: Media, error: &RequestError) -> Response {
    let mut response = (status(media, error.fault), [(header::CONTENT_TYPE, media.content_type())], error.body()).into_response();
    let headers = response.headers_mut();
    if let Some(secs) = error.retry_after_secs() {
        headers.insert(header::RETRY_AFTER, secs.into());
    }
    match error.fault {
        Fault::Unauthenticated => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Fault::MethodNotAllowed => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        // RFC 9110 §15.5.9: what may still come of the body is not read.
        Fault::Timeout => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

/// The response to a request that is refused before it is read, in the form its client prefers.
pub(crate) fn refused_early(headers: &HeaderMap, error: &RequestError) -> Response {
    refused(Accepted::of(headers).and_then(|accepted| accepted.single).unwrap_or(Media::Json), error)
}

/// The response where there is nothing.
pub(crate) async fn not_found(headers: HeaderMap) -> Response {
    refused_early(&headers, &RequestError::new(Fault::NotFound, "NOT_FOUND", "there is nothing here; GraphQL is at /graphql"))
}

/// The response to a method that is none of `methods`.
pub(super) fn not_allowed(headers: &HeaderMap, methods: &'static str) -> Response {
    let error = RequestError::new(Fault::MethodNotAllowed, ErrorKind::BadUserInput.code(), format!("the methods here are {methods}; GraphQL is at /graphql"));
    let mut response = refused_early(headers, &error);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

const fn status(media: Media, fault: Fault) -> StatusCode {
    match fault {
        Fault::Malformed => StatusCode::BAD_REQUEST,
        // Legacy clients take any other status for a failure of the transport.
        Fault::Operation => match media {
            Media::Response => StatusCode::BAD_REQUEST,
            Media::Json => StatusCode::OK,
        },
        // As Apollo's server and router do: its clients for iOS and Kotlin read no further than any other status.
        Fault::UnknownOperation => StatusCode::OK,
        Fault::Unauthenticated => StatusCode::UNAUTHORIZED,
        Fault::Forbidden => StatusCode::FORBIDDEN,
        Fault::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Fault::NotFound => StatusCode::NOT_FOUND,
        Fault::CrossSite => StatusCode::BAD_REQUEST,
        Fault::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Fault::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Fault::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Fault::Timeout => StatusCode::REQUEST_TIMEOUT,
        Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
