//! Live operations of subgraphs in other processes: one graphql-transport-ws connection an operation.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use hive_router::GraphQLError;
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use hive_router::executor::executors::error::SubgraphExecutorError;
use hive_router::query_planner::planner::plan_nodes::CustomScalarPaths;
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use platform::viewer_token::HEADER;
use serde::Deserialize;
use sonic_rs::LazyValue;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::http::{HttpSubgraph, body};
use super::{Events, event, refused};
use crate::options::{KEEP_ALIVE, MAX_ANSWER_NESTING, SOCKET_BUFFER};
use crate::pipeline::{Scope, json_deeper_than};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow, default)]
    payload: Option<LazyValue<'a>>,
}

/// Connects, subscribes, and gives the events. The connection ends with the stream.
pub(super) async fn live(
    subgraph: &HttpSubgraph,
    fetch: &SubgraphExecutionRequest<'_>,
    scope: &Scope,
    timeout: Duration,
) -> Result<Events, SubgraphExecutorError> {
    let unreadable = |error| SubgraphExecutorError::VariablesSerializationFailure(String::new(), error);
    let payload = String::from_utf8(body(fetch).map_err(unreadable)?).map_err(|_| SubgraphExecutorError::MalformedResponse(None))?;
    let url = subgraph.ws_url.as_str().to_owned();
    let mut socket = tokio::time::timeout(timeout, start(subgraph, scope, &payload)).await?.map_err(|error| lost(&url, &error))?;
    let custom_scalars = fetch.custom_scalar_paths.cloned();
    Ok(Box::pin(async_stream::stream! {
        let mut keep_alive = interval(KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0_u8;
        loop {
            let message = tokio::select! {
                message = socket.next() => message,
                _ = keep_alive.tick() => {
                    // The first tick is at once; then one unanswered ping is patience, two are a dead peer.
                    silent += 1;
                    if silent > 2 || socket.send(Message::Ping(bytes::Bytes::new())).await.is_err() {
                        yield Err(closed(&url));
                        return;
                    }
                    continue;
                }
            };
            silent = 0;
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(_))) | None => {
                    yield Err(closed(&url));
                    return;
                }
                Some(Ok(_)) => continue,
                Some(Err(error)) => {
                    yield Err(lost(&url, &error));
                    return;
                }
            };
            match read(&text, custom_scalars.as_ref()) {
                Ok(Read::Event(response)) => yield Ok(*response),
                Ok(Read::Refused(response)) => {
                    yield Ok(*response);
                    return;
                }
                Ok(Read::Ping) => {
                    if socket.send(Message::text(r#"{"type":"pong"}"#)).await.is_err() {
                        yield Err(closed(&url));
                        return;
                    }
                }
                Ok(Read::Nothing) => {}
                Ok(Read::Complete) => return,
                Err(error) => {
                    yield Err(error);
                    return;
                }
            }
        }
    }))
}

async fn start(subgraph: &HttpSubgraph, scope: &Scope, payload: &str) -> Result<Socket, Error> {
    let mut request = subgraph.ws_url.as_str().into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("graphql-transport-ws"));
    request.headers_mut().extend(subgraph.headers(scope));
    let token = subgraph.token(&scope.viewer).map_err(|_| Error::AttackAttempt)?;
    if let Some(token) = token.as_deref().and_then(|token| HeaderValue::from_str(token).ok()) {
        request.headers_mut().insert(HEADER, token);
    }
    let config = WebSocketConfig::default().read_buffer_size(SOCKET_BUFFER).write_buffer_size(SOCKET_BUFFER);
    let (mut socket, _) = connect_async_with_config(request, Some(config), true).await?;
    let mut init = serde_json::json!({ "type": "connection_init", "payload": { "x-request-id": &*scope.request_id.0 } });
    if let Some(token) = token {
        init["payload"][HEADER] = token.into();
    }
    socket.send(Message::text(init.to_string())).await?;
    loop {
        match socket.next().await.ok_or(Error::ConnectionClosed)?? {
            Message::Text(text) if sonic_rs::from_str::<Incoming<'_>>(&text).is_ok_and(|message| message.kind == "connection_ack") => break,
            Message::Close(_) => return Err(Error::ConnectionClosed),
            _ => {}
        }
    }
    socket.send(Message::text(format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#))).await?;
    Ok(socket)
}

enum Read {
    Event(Box<hive_router::executor::response::subgraph_response::SubgraphResponse<'static>>),
    Refused(Box<hive_router::executor::response::subgraph_response::SubgraphResponse<'static>>),
    Ping,
    Nothing,
    Complete,
}

fn read(text: &str, custom_scalars: Option<&CustomScalarPaths>) -> Result<Read, SubgraphExecutorError> {
    // The answer is one level down.
    if json_deeper_than(text.as_bytes(), MAX_ANSWER_NESTING + 1) {
        return Err(SubgraphExecutorError::MalformedResponse(None));
    }
    let malformed = |error| SubgraphExecutorError::ResponseDeserializationFailure(error, None);
    let message: Incoming<'_> = sonic_rs::from_str(text).map_err(malformed)?;
    let payload = message.payload.as_ref().map(|payload| payload.as_raw_str().to_owned()).unwrap_or_default();
    Ok(match message.kind {
        "next" => Read::Event(Box::new(event(payload.into(), custom_scalars)?)),
        "error" => Read::Refused(Box::new(refused(sonic_rs::from_str::<Vec<GraphQLError>>(&payload).map_err(malformed)?))),
        "complete" => Read::Complete,
        "ping" => Read::Ping,
        _ => Read::Nothing,
    })
}

fn lost(url: &str, error: &Error) -> SubgraphExecutorError {
    SubgraphExecutorError::WebSocketConnectFailure(url.to_owned(), error.to_string())
}

fn closed(url: &str) -> SubgraphExecutorError {
    SubgraphExecutorError::WebSocketStreamClosedEmpty(url.to_owned())
}
