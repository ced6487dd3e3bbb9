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
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get as route_get, post as route_post};
use tower::ServiceBuilder;
use tower_http::decompression::RequestDecompressionLayer;

use crate::explorer;
use crate::gateway::Gateway;

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
    // In one pile each: axum gives every layer of its own a boxed service and a boxed future a request, which together cost more than
    // a small operation.
    let endpoint = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(gateway.clone(), enter))
        .layer(compression::layer(&config.transport))
        .layer(RequestDecompressionLayer::new())
        // Applied where the body is read, so to what decompression makes of it.
        .layer(DefaultBodyLimit::max(config.limits.max_body_bytes));
    let everything = ServiceBuilder::new().layer(middleware::from_fn_with_state(gateway.clone(), frame)).layer(cors::layer(&config.allowed_origins));
    let graphql = Router::new()
        .route("/graphql", route_post(post::post).get(get::get).connect(get::get))
        .route("/schema.graphql", route_get(schema::get))
        .layer(endpoint)
        .with_state(gateway);
    Router::new()
        .route("/", route_get(explorer::page))
        .route("/explorer/{file}", route_get(explorer::file))
        .merge(graphql)
        .fallback(answer::not_found)
        .layer(everything)
}

/// Around whatever is asked: a request has an id, and every answer the headers that browsers heed.
async fn frame(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let id = request_id::give(&gateway, &mut request);
    let mut response = next.run(request).await;
    security::secure(response.headers_mut());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Around what is asked of the endpoint: who will pay, could a foreign page have sent it, is there room; whatever the answer, it tells
/// how the payer's quotas stand.
async fn enter(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let tab = rate::Tab::open(&gateway, &mut request);
    let refusal = cross_site::refusal(&gateway, &request).or_else(|| gateway.inner.overload.shed(request.headers()));
    let mut response = match refusal {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    tab.tell(&gateway, &mut response).await;
    response
}
