//! `GET /artwork/{artworkId}`: shows a picture. A picture never changes: another one has another address.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::PortError;
use platform::etag;

use crate::application::UseCases;

const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

pub(super) async fn show(State(use_cases): State<Arc<UseCases>>, Path(artwork_id): Path<String>, headers: HeaderMap) -> Response {
    let Ok(artwork_id) = artwork_id.parse() else { return StatusCode::NOT_FOUND.into_response() };
    let artwork = match use_cases.find_artwork.run(artwork_id).await {
        Ok(Some(artwork)) => artwork,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return refusal(&error),
    };
    let etag = format!("\"{}\"", artwork.sha256);
    if etag::is_known(&headers, &etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag.as_str()), (header::CACHE_CONTROL, CACHE_CONTROL)]).into_response();
    }
    let body = match use_cases.find_artwork.open(&artwork).await {
        Ok(body) => body,
        Err(error) => return refusal(&error),
    };
    let described: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, &artwork.media_type),
        (header::CONTENT_LENGTH, &artwork.size_bytes.to_string()),
        (header::ETAG, &etag),
        (header::CACHE_CONTROL, CACHE_CONTROL),
        // Somebody uploaded it: it is a picture and nothing else, whatever a browser finds in it.
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (described, Body::from_stream(body)).into_response()
}

fn refusal(error: &PortError) -> Response {
    if matches!(error, PortError::NotFound) {
        return StatusCode::NOT_FOUND.into_response();
    }
    tracing::error!(error = error as &dyn std::error::Error, "a picture cannot be shown");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
