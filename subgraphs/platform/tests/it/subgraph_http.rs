//! A subgraph as a service of its own, from the gateway's side.

use std::sync::Arc;

use async_graphql::{EmptyMutation, Object, Schema, Subscription};
use chrono::Duration;
use futures::{SinkExt as _, Stream, StreamExt as _};
use kernel::{Role, Session, Viewer};
use platform::Platform;
use platform::chassis::{Service, subgraph_router};
use platform::graphql::{origin, viewer};
use platform::subgraph::SchemaSubgraph;
use platform::testing::TestPlatform;
use platform::viewer_token::HEADER;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::chassis::Running;
use crate::support::within;

fn name_of(viewer: &Viewer) -> String {
    viewer.user_id().map_or("nobody".into(), |id| id.to_string())
}

struct Query;

#[Object]
impl Query {
    async fn who(&self, context: &async_graphql::Context<'_>) -> String {
        name_of(viewer(context))
    }

    async fn request_id(&self, context: &async_graphql::Context<'_>) -> Option<String> {
        origin(context).request_id.map(|id| id.0.to_string())
    }
}

struct Live;

#[Subscription(name = "Subscription")]
impl Live {
    async fn count(&self, context: &async_graphql::Context<'_>, to: i32) -> impl Stream<Item = String> {
        let name = name_of(viewer(context));
        futures::stream::iter(1..=to).map(move |number| format!("{number} {name}"))
    }
}

async fn start(platform: &Platform) -> Running {
    let subgraph = Arc::new(SchemaSubgraph::new("test", || Schema::build(Query, EmptyMutation, Live)));
    Running::start(Service::new(platform.clone()).with_router(subgraph_router(subgraph, platform.viewer_tokens()))).await
}

fn somebody(platform: &Platform) -> Viewer {
    Viewer::SignedIn(Session {
        user_id: platform.ids.next(),
        session_id: platform.ids.next(),
        role: Role::User,
        premium_until: None,
        expires_at: platform.clock.now() + Duration::minutes(15),
    })
}

async fn post(running: &Running, token: Option<&str>) -> reqwest::Response {
    let mut request = Client::new().post(format!("http://{}/graphql", running.address)).header("x-request-id", "from-the-gateway");
    if let Some(token) = token {
        request = request.header(HEADER, token);
    }
    within("an answer", request.json(&json!({ "query": "{ who requestId }" })).send()).await.unwrap()
}

#[tokio::test]
async fn without_a_valid_viewer_token_nothing_is_answered() {
    let test = TestPlatform::new().await;
    let running = start(&test.platform).await;
    let tokens = test.platform.viewer_tokens();
    let expired = tokens.sign(&Viewer::Anonymous).unwrap();
    test.clock.advance(Duration::minutes(2));
    let foreign = TestPlatform::with(|config| config.internal_secret = "another installation's secret, 32+".into()).await;
    foreign.clock.advance(Duration::minutes(2));
    let foreign = foreign.platform.viewer_tokens().sign(&Viewer::Anonymous).unwrap();
    for token in [None, Some(""), Some("nonsense"), Some(expired.as_str()), Some(foreign.as_str())] {
        let answer = post(&running, token).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{token:?}");
        assert!(!answer.text().await.unwrap().contains("who"), "{token:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_viewer_and_the_request_id_reach_the_resolver() {
    let test = TestPlatform::new().await;
    let running = start(&test.platform).await;
    for viewer in [Viewer::Anonymous, somebody(&test.platform)] {
        let token = test.platform.viewer_tokens().sign(&viewer).unwrap();
        let answer = post(&running, Some(&token)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer, json!({ "data": { "who": name_of(&viewer), "requestId": "from-the-gateway" } }));
    }
    running.stop().await;
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(running: &Running) -> Socket {
    let mut request = format!("ws://{}/graphql", running.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (socket, answer) = within("the socket opens", tokio_tungstenite::connect_async(request)).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "graphql-transport-ws");
    socket
}

async fn send(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message, or none when the server closed the socket.
async fn receive(socket: &mut Socket) -> Option<Value> {
    loop {
        match within("a message", socket.next()).await {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            _ => return None,
        }
    }
}

#[tokio::test]
async fn a_live_operation_runs_for_its_viewer() {
    let test = TestPlatform::new().await;
    let running = start(&test.platform).await;
    let viewer = somebody(&test.platform);
    let token = test.platform.viewer_tokens().sign(&viewer).unwrap();
    let mut socket = connect(&running).await;
    send(&mut socket, json!({ "type": "connection_init", "payload": { HEADER: token } })).await;
    assert_eq!(receive(&mut socket).await.unwrap()["type"], "connection_ack");
    send(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { count(to: 2) }" } })).await;
    for number in 1..=2 {
        let expected = json!({ "type": "next", "id": "1", "payload": { "data": { "count": format!("{number} {}", name_of(&viewer)) } } });
        assert_eq!(receive(&mut socket).await.unwrap(), expected);
    }
    assert_eq!(receive(&mut socket).await.unwrap(), json!({ "type": "complete", "id": "1" }));
    drop(socket);
    running.stop().await;
}

#[tokio::test]
async fn a_socket_without_a_valid_viewer_token_is_closed() {
    let test = TestPlatform::new().await;
    let running = start(&test.platform).await;
    for payload in [json!({}), json!({ HEADER: "nonsense" }), json!({ HEADER: 7 })] {
        let mut socket = connect(&running).await;
        send(&mut socket, json!({ "type": "connection_init", "payload": payload })).await;
        let answer = receive(&mut socket).await;
        assert!(answer.is_none_or(|message| message["type"] != "connection_ack"), "{payload}");
    }
    // Nor does one without any connection_init get an operation run.
    let mut socket = connect(&running).await;
    send(&mut socket, json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { count(to: 2) }" } })).await;
    let answer = receive(&mut socket).await;
    assert!(answer.is_none_or(|message| message["type"] != "next"));
    running.stop().await;
}
