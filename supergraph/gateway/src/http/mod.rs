//! GraphQL over HTTP (the GraphQL-over-HTTP draft of 2025) and the routes of the endpoint.

mod accept;
mod answer;
mod caching;
mod compression;
mod cors;
mod cross_site;
mod framing;
mod get;
mod post;
mod rate;
mod request_id;
mod respond;
mod schema;
mod security;
mod stream;
mod upload;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get as route_get, post as route_post};
use tower_http::decompression::RequestDecompressionLayer;

use crate::explorer;
use crate::gateway::Gateway;
use crate::overload;

pub(crate) use answer::refused_early as refused;
pub(crate) use upload::read as read_form;

pub(crate) use platform::chassis::REQUEST_ID;

/// Whether there is a type that we have among those that `headers` ask for.
pub(crate) fn is_acceptable(headers: &axum::http::HeaderMap) -> bool {
    accept::Accepted::of(headers).is_some()
}

/// All routes of the gateway.
pub(crate) fn router(gateway: Gateway) -> Router {
    let config = &gateway.inner.config;
    let graphql = Router::new()
        .route("/graphql", route_post(post::post).get(get::get).connect(get::get))
        .route("/schema.graphql", route_get(schema::get))
        // Applied where the body is read, so to what decompression makes of it.
        .layer(DefaultBodyLimit::max(config.limits.max_body_bytes))
        .layer(RequestDecompressionLayer::new())
        .layer(compression::layer(&config.transport))
        .layer(middleware::from_fn_with_state(gateway.clone(), overload::shed))
        .layer(middleware::from_fn_with_state(gateway.clone(), cross_site::refuse))
        .layer(middleware::from_fn_with_state(gateway.clone(), rate::tell))
        .with_state(gateway.clone());
    Router::new()
        .route("/", route_get(explorer::page))
        .route("/explorer/{file}", route_get(explorer::file))
        .merge(graphql)
        .fallback(answer::not_found)
        .layer(cors::layer(&config.allowed_origins))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn_with_state(gateway, request_id::take))
}
