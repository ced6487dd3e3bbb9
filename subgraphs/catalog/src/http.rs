//! The routes besides GraphQL: files come in, pictures go out.

mod artwork;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, header};
use axum::routing::{get, put};
use tower_http::cors::{Any, CorsLayer};

use crate::application::UseCases;

/// `PUT /uploads/{uploadId}` and `GET /artwork/{artworkId}`.
pub fn router(use_cases: Arc<UseCases>) -> Router {
    // Pages of any origin may send files: the address is the right to do so, no cookie is.
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::PUT, Method::GET]).allow_headers([header::CONTENT_TYPE]);
    Router::new().route("/uploads/{upload_id}", put(uploads::receive)).route("/artwork/{artwork_id}", get(artwork::show)).layer(cors).with_state(use_cases)
}
