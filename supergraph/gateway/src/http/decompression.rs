//! Bodies of requests may be compressed (gzip, br, zstd); in another encoding they are refused with 415, and told which there are.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::response::Response;
use kernel::ErrorKind;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};

use super::answer;
use crate::pipeline::{Fault, RequestError};

/// What `respond` makes of `request` as it was before it was compressed.
pub(super) async fn read<F: Future<Output = Response>>(request: Request, respond: impl Fn(Request) -> F) -> Response {
    if !request.headers().contains_key(CONTENT_ENCODING) {
        return respond(request).await;
    }
    let reader = service_fn(|request: axum::http::Request<DecompressionBody<Body>>| {
        let response = respond(request.map(Body::new));
        async { Ok::<_, Infallible>(response.await) }
    });
    let asked = request.headers().clone();
    let Ok(response) = Box::pin(RequestDecompressionLayer::new().layer(reader).oneshot(request)).await;
    // Only the layer's own refusal, which is empty, tells what would do.
    let Some(encodings) = response.headers().get(ACCEPT_ENCODING).cloned() else { return response.map(Body::new) };
    let message = "the body's content-encoding is none of those that accept-encoding tells";
    let mut refused = answer::refused_early(&asked, &RequestError::new(Fault::UnsupportedMediaType, ErrorKind::BadUserInput.code(), message));
    refused.headers_mut().insert(ACCEPT_ENCODING, encodings);
    refused
}
