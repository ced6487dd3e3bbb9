//! `GET /avatars/{avatarId}`: shows a person's picture to anybody who knows its address. A picture never changes: another one has
//! another address, and the one before it has none.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::PortError;
use kernel::id::AvatarId;
use platform::etag;

use crate::application::UseCases;

/// Shorter than forever: a picture that is taken away is to be gone from caches within the hour.
const CACHE_CONTROL: &str = "public, max-age=3600, immutable";

pub(crate) fn router(use_cases: Arc<UseCases>) -> Router {
    Router::new().route("/avatars/{avatar_id}", get(show)).with_state(use_cases)
}

async fn show(State(use_cases): State<Arc<UseCases>>, Path(avatar_id): Path<String>, headers: HeaderMap) -> Response {
    let Ok(avatar_id) = avatar_id.parse() else { return StatusCode::NOT_FOUND.into_response() };
    find(&use_cases, avatar_id, &headers).await.unwrap_or_else(|error| match error {
        PortError::NotFound => StatusCode::NOT_FOUND.into_response(),
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "a picture cannot be shown");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    })
}

async fn find(use_cases: &UseCases, avatar_id: AvatarId, headers: &HeaderMap) -> Result<Response, PortError> {
    let avatars = &use_cases.myself.avatars;
    let avatar = avatars.find(avatar_id).await?.ok_or(PortError::NotFound)?;
    let etag = format!("\"{}\"", avatar.sha256);
    if etag::is_known(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag.as_str()), (header::CACHE_CONTROL, CACHE_CONTROL)]).into_response());
    }
    let bytes = avatars.open(&avatar).await?;
    let described: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, &avatar.media_type),
        (header::ETAG, &etag),
        (header::CACHE_CONTROL, CACHE_CONTROL),
        // Pages of any origin may show it and read it.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        // Somebody uploaded it: it is a picture and nothing else, whatever a browser finds in it.
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    Ok((described, bytes).into_response())
}
