//! `GET /exports/{token}`: the archive of all that is kept of a person. Whoever knows the address has it, until it expires.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::application::UseCases;

pub(crate) fn router(use_cases: Arc<UseCases>) -> Router {
    Router::new().route("/exports/{token}", get(download)).with_state(use_cases)
}

async fn download(State(use_cases): State<Arc<UseCases>>, Path(token): Path<String>) -> Response {
    let never_kept = (header::CACHE_CONTROL, "no-store");
    match use_cases.rights.export_data.open(&token).await {
        Ok(Some(archive)) => {
            let described = [
                (header::CONTENT_TYPE, "application/zip"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"polyphony-data.zip\""),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                never_kept,
            ];
            (described, archive).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, [never_kept]).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an archive cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, [never_kept]).into_response()
        }
    }
}
