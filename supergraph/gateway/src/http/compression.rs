//! Answers are compressed as the client prefers (gzip, br, zstd), except small ones, which it would make no smaller, and
//! streams, whose every answer must leave at once.
//!
//! No credential is ever sent along by a browser on its own, so what a page could learn from the size of compressed answers
//! (BREACH) is only what it has asked for with a token of its own.

use std::convert::Infallible;

use axum::body::{Body, HttpBody as _};
use axum::http::header::{ACCEPT_ENCODING, VARY};
use axum::http::{HeaderMap, HeaderValue, Request};
use axum::response::Response;
use platform::config::TransportConfig;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

/// What a client says of encodings.
pub(super) struct Encodings(HeaderMap);

impl Encodings {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(ACCEPT_ENCODING).iter().map(|value| (ACCEPT_ENCODING, value.clone())).collect())
    }
}

pub(super) struct Compression {
    min_bytes: u64,
    layer: CompressionLayer,
}

impl Compression {
    pub(super) fn new(config: &TransportConfig) -> Self {
        Self { min_bytes: config.compress_min_bytes.into(), layer: CompressionLayer::new().quality(CompressionLevel::Fastest) }
    }

    /// `response` in one of `encodings`, if it is worth it. Nobody knows how large a stream will be.
    pub(super) async fn compress(&self, Encodings(encodings): Encodings, mut response: Response) -> Response {
        if response.body().size_hint().exact().is_none_or(|bytes| bytes < self.min_bytes) {
            return response;
        }
        if encodings.is_empty() {
            response.headers_mut().append(VARY, HeaderValue::from(ACCEPT_ENCODING));
            return response;
        }
        let mut request = Request::new(());
        *request.headers_mut() = encodings;
        let mut response = Some(response);
        let answer = service_fn(move |_: Request<()>| {
            let response = response.take().unwrap_or_default();
            async move { Ok::<_, Infallible>(response) }
        });
        let Ok(response) = Box::pin(self.layer.layer(answer).oneshot(request)).await;
        response.map(Body::new)
    }
}
