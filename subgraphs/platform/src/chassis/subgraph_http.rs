//! A subgraph as a service of its own: GraphQL over HTTP and, for live operations, graphql-transport-ws. Only the gateway may
//! call it: every request carries a viewer token.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{Data, Executor, Request, Response};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::Router;
use axum::extract::{Extension, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use futures::stream::BoxStream;
use kernel::Viewer;

use crate::graphql::{Origin, RequestId};
use crate::subgraph::Subgraph;
use crate::viewer_token::{HEADER, ViewerTokens};

/// The header under which the gateway passes the client's address on. Only what comes with a valid viewer token is believed.
pub const ORIGIN_ADDRESS: &str = "x-polyphony-address";
/// The same of what the client's program calls itself.
pub const ORIGIN_AGENT: &str = "x-polyphony-user-agent";

/// What the gateway says about where a request comes from.
fn origin(headers: &HeaderMap, request_id: Option<RequestId>) -> Origin {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    Origin { request_id, address: text(ORIGIN_ADDRESS).and_then(|text| text.parse().ok()), user_agent: text(ORIGIN_AGENT).map(Into::into) }
}

struct Endpoint {
    subgraph: Arc<dyn Subgraph>,
    tokens: ViewerTokens,
}

/// `POST /graphql` and its WebSocket for one subgraph. Answers 401 without a valid viewer token: in the header for HTTP, in the
/// `connection_init` payload under the same name for WebSocket.
pub fn subgraph_router(subgraph: Arc<dyn Subgraph>, tokens: ViewerTokens) -> Router {
    Router::new().route("/graphql", post(execute).get(live)).with_state(Arc::new(Endpoint { subgraph, tokens }))
}

async fn execute(
    State(endpoint): State<Arc<Endpoint>>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> Result<GraphQLResponse, StatusCode> {
    let token = headers.get(HEADER).and_then(|value| value.to_str().ok()).ok_or(StatusCode::UNAUTHORIZED)?;
    let viewer = endpoint.tokens.verify(token).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let origin = origin(&headers, id.map(|Extension(id)| id));
    let request = request.into_inner().data(viewer).data(origin);
    Ok(endpoint.subgraph.execute(request).await.into())
}

async fn live(State(endpoint): State<Arc<Endpoint>>, protocol: GraphQLProtocol, upgrade: WebSocketUpgrade) -> impl IntoResponse {
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(async move |socket| {
        let tokens = endpoint.tokens.clone();
        GraphQLWebSocket::new(socket, SubgraphExecutor(endpoint.subgraph.clone()), protocol)
            .on_connection_init(async move |payload| {
                let token = payload.get(HEADER).and_then(|token| token.as_str()).ok_or("a viewer token is missing")?;
                let viewer = tokens.verify(token).map_err(|_| "the viewer token is not valid")?;
                let mut data = Data::default();
                data.insert(viewer);
                Ok(data)
            })
            .serve()
            .await;
    })
}

#[derive(Clone)]
struct SubgraphExecutor(Arc<dyn Subgraph>);

impl Executor for SubgraphExecutor {
    async fn execute(&self, request: Request) -> Response {
        self.0.execute(request).await
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let viewer = session.as_deref().and_then(|data| data.get(&TypeId::of::<Viewer>())).and_then(|viewer| viewer.downcast_ref::<Viewer>());
        self.0.live(request.data(viewer.cloned().unwrap_or_default()))
    }
}
