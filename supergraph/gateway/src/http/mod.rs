//! GraphQL over HTTP (the GraphQL-over-HTTP draft of 2025) and the routes of the endpoint.

mod accept;
mod answer;
mod caching;
mod compression;
mod cors;
mod cross_site;
mod decompression;
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

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get as route_get, post as route_post};
use tower::{Service, service_fn};

use self::compression::{Compression, Encodings};
use self::cors::Cors;
use crate::explorer;
use crate::gateway::Gateway;

pub(crate) use answer::refused_early as refused;
pub(crate) use upload::read as read_form;

pub(crate) use platform::chassis::REQUEST_ID;

/// Whether there is a type that we have among those that `headers` ask for.
pub(crate) fn is_acceptable(headers: &axum::http::HeaderMap) -> bool {
    accept::Accepted::of(headers).is_some()
}

/// What surrounds whatever is asked.
struct Surroundings {
    gateway: Gateway,
    cors: Cors,
    compression: Compression,
}

/// All routes of the gateway.
///
/// What surrounds them is one layer, and calls what only some requests need. A layer of axum's copies all layers under it for each
/// request, twice, and boxes what it makes; and a body that may be compressed takes 6 KB, whether it is or not. Together they cost
/// more than a small operation.
pub(crate) fn router(gateway: Gateway) -> Router {
    let config = &gateway.inner.config;
    let (cors, compression) = (Cors::new(&config.allowed_origins), Compression::new(&config.transport));
    let surroundings = Arc::new(Surroundings { gateway: gateway.clone(), cors, compression });
    let graphql = Router::new()
        .route("/graphql", route_post(post::post).get(get::get).connect(get::get))
        .route("/schema.graphql", route_get(schema::get))
        .layer(middleware::from_fn_with_state(surroundings.clone(), endpoint))
        .with_state(gateway);
    Router::new()
        .route("/", route_get(explorer::page))
        .route("/explorer/{file}", route_get(explorer::file))
        .fallback(answer::not_found)
        .layer(middleware::from_fn_with_state(surroundings, page))
        .merge(graphql)
}

async fn page(State(surroundings): State<Arc<Surroundings>>, request: Request, next: Next) -> Response {
    frame(&surroundings, request, next).await
}

async fn endpoint(State(surroundings): State<Arc<Surroundings>>, request: Request, next: Next) -> Response {
    let inside = surroundings.clone();
    let inner = service_fn(move |request| {
        let (inside, next) = (inside.clone(), next.clone());
        async move { Ok(enter(&inside, request, next).await) }
    });
    frame(&surroundings, request, inner).await
}

/// Around whatever is asked: a request has an id, and every answer the headers that browsers heed.
async fn frame<S>(Surroundings { gateway, cors, .. }: &Surroundings, mut request: Request, inner: S) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let id = request_id::give(gateway, &mut request);
    let mut response = cors.share(request, inner).await;
    security::secure(response.headers_mut());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Around what is asked of the endpoint: who will pay, could a foreign page have sent it, is there room; whatever the answer, it tells
/// how the payer's quotas stand.
async fn enter(Surroundings { gateway, compression, .. }: &Surroundings, mut request: Request, next: Next) -> Response {
    let tab = rate::Tab::open(gateway, &mut request);
    let refusal = cross_site::refusal(gateway, &request).or_else(|| gateway.inner.overload.shed(request.headers()));
    let mut response = match refusal {
        Some(refusal) => refusal,
        None => {
            let encodings = Encodings::of(request.headers());
            compression.compress(encodings, decompression::read(request, next).await).await
        }
    };
    tab.tell(gateway, &mut response).await;
    response
}
