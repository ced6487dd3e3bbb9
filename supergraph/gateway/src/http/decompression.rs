//! Bodies of requests may be compressed (gzip, br, zstd); in another encoding they are refused with 415.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_ENCODING;
use axum::middleware::Next;
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};

/// The answer of `next`, which reads `request` as it was before it was compressed.
pub(super) async fn read(request: Request, next: Next) -> Response {
    if !request.headers().contains_key(CONTENT_ENCODING) {
        return next.run(request).await;
    }
    let reader = service_fn(move |request: axum::http::Request<DecompressionBody<Body>>| {
        let next = next.clone();
        async move { Ok::<_, Infallible>(next.run(request.map(Body::new)).await) }
    });
    let Ok(response) = Box::pin(RequestDecompressionLayer::new().layer(reader).oneshot(request)).await;
    response.map(Body::new)
}
