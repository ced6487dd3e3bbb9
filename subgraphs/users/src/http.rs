//! The routes besides GraphQL.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::infrastructure::jwt::SigningKeys;

/// Shorter than the time between a key's announcement and its first signature.
const CACHE: &str = "public, max-age=300";

/// `GET /.well-known/jwks.json`.
pub(crate) fn router(keys: Arc<SigningKeys>) -> Router {
    Router::new().route("/.well-known/jwks.json", get(jwks)).with_state(keys)
}

async fn jwks(State(keys): State<Arc<SigningKeys>>) -> Response {
    match keys.jwks().await {
        Ok(jwks) => ([(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, CACHE)], Json(jwks)).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the signing keys cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
    }
}
