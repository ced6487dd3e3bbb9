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

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get as route_get};

use self::compression::{Compression, Encodings};
use self::cors::Cors;
use crate::entrance::Entrance;
use crate::explorer;
use crate::gateway::Gateway;

pub(crate) use answer::{not_found, refused_early as refused};
pub(crate) use upload::read as read_form;

pub(crate) use platform::chassis::REQUEST_ID;

/// Whether there is a type that we have among those that `headers` ask for.
pub(crate) fn is_acceptable(headers: &HeaderMap) -> bool {
    accept::Accepted::of(headers).is_some()
}

/// The methods of what can only be read.
const READ: &str = "GET, HEAD";

/// What surrounds whatever is asked.
struct Surroundings {
    gateway: Gateway,
    cors: Cors,
    compression: Compression,
}

/// All routes of the gateway.
///
/// The endpoint is one handler, which calls what surrounds it, and of that only what a request needs. A layer of axum's copies all
/// that is under it for each request, twice, and boxes what it makes; and a body that may be compressed takes 6 KB, whether it is or
/// not. Together they cost more than a small operation.
pub(crate) fn router(gateway: Gateway) -> Router {
    let config = &gateway.inner.config;
    let (cors, compression) = (Cors::new(&config.allowed_origins), Compression::new(&config.transport));
    let surroundings = Arc::new(Surroundings { gateway, cors, compression });
    let endpoint = Router::new().route("/graphql", any(graphql)).route("/schema.graphql", any(schema)).with_state(surroundings.clone());
    Router::new()
        .route("/", route_get(explorer::page))
        .route("/explorer/{file}", route_get(explorer::file))
        .fallback(answer::not_found)
        .method_not_allowed_fallback(async |headers: HeaderMap| answer::not_allowed(&headers, READ))
        .layer(middleware::from_fn_with_state(surroundings, page))
        .merge(endpoint)
}

async fn page(State(surroundings): State<Arc<Surroundings>>, request: Request, next: Next) -> Response {
    frame(&surroundings, request, |request| next.clone().run(request)).await
}

async fn graphql(State(surroundings): State<Arc<Surroundings>>, request: Request) -> Response {
    frame(&surroundings, request, |request| enter(&surroundings, request, Resource::Endpoint)).await
}

async fn schema(State(surroundings): State<Arc<Surroundings>>, request: Request) -> Response {
    frame(&surroundings, request, |request| enter(&surroundings, request, Resource::Schema)).await
}

/// What can be asked for by those who pay.
#[derive(Clone, Copy)]
enum Resource {
    Endpoint,
    Schema,
}

impl Resource {
    async fn answer(self, gateway: &Gateway, entrance: &Entrance, request: Request) -> Response {
        match (self, request.method()) {
            (Self::Endpoint, &Method::POST) => post::post(gateway, entrance, request).await,
            // Boxed, as all that only some requests need: it would take its room in each.
            (Self::Endpoint, &Method::GET | &Method::HEAD | &Method::CONNECT) => Box::pin(get::get(gateway, entrance, request)).await,
            (Self::Schema, &Method::GET | &Method::HEAD) => Box::pin(schema::get(gateway, entrance, request.headers())).await,
            (Self::Endpoint, _) => answer::not_allowed(request.headers(), "GET, HEAD, POST"),
            (Self::Schema, _) => answer::not_allowed(request.headers(), READ),
        }
    }
}

/// Around whatever is asked: a request has an id, and every answer the headers that browsers heed.
async fn frame<F: Future<Output = Response>>(
    Surroundings { gateway, cors, .. }: &Surroundings,
    mut request: Request,
    answer: impl Fn(Request) -> F,
) -> Response {
    let id = request_id::give(gateway, &mut request);
    let mut response = cors.share(request, answer).await;
    security::secure(response.headers_mut());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Around what is asked of the endpoint: who will pay, could a foreign page have sent it, is there room; whatever the answer, it tells
/// how the payer's quotas stand.
async fn enter(Surroundings { gateway, compression, .. }: &Surroundings, request: Request, asked: Resource) -> Response {
    let entrance = Entrance::of(gateway, &request);
    let refusal = cross_site::refusal(gateway, &request).or_else(|| gateway.inner.overload.shed(request.headers()));
    let mut response = match refusal {
        Some(refusal) => refusal,
        None => {
            let encodings = Encodings::of(request.headers());
            compression.compress(encodings, decompression::read(request, |request| asked.answer(gateway, &entrance, request)).await).await
        }
    };
    rate::tell(gateway, &entrance, &mut response).await;
    response
}
