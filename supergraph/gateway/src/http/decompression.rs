//! Bodies of requests may be compressed (gzip, br, zstd); in another encoding they are refused with 415.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_ENCODING;
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};

/// What `answer` makes of `request` as it was before it was compressed.
pub(super) async fn read<F: Future<Output = Response>>(request: Request, answer: impl Fn(Request) -> F) -> Response {
    if !request.headers().contains_key(CONTENT_ENCODING) {
        return answer(request).await;
    }
    let reader = service_fn(|request: axum::http::Request<DecompressionBody<Body>>| {
        let answer = answer(request.map(Body::new));
        async { Ok::<_, Infallible>(answer.await) }
    });
    let Ok(response) = Box::pin(RequestDecompressionLayer::new().layer(reader).oneshot(request)).await;
    response.map(Body::new)
}
