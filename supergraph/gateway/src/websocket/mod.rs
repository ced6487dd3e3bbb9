//! graphql-transport-ws for clients: queries, mutations and live operations over one WebSocket.

mod connection;
mod protocol;
mod writer;

use axum::extract::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::Response;

use self::connection::Connection;
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::http::refused;
use crate::options::{CLIENT_READ_BUFFER, MAX_SOCKET_MESSAGE, MAX_SOCKET_WRITE_BUFFER, SOCKET_BUFFER};

const PROTOCOL: &str = "graphql-transport-ws";

/// Whether a text is a message of a client.
pub(crate) fn is_message(text: &str) -> bool {
    protocol::Incoming::read(text).is_some()
}

/// Answers an upgrade request. A token in the headers is verified here, one in `connection_init` there.
pub(crate) async fn upgrade(gateway: &Gateway, upgrade: WebSocketUpgrade, headers: &HeaderMap, entrance: &Entrance) -> Response {
    let scope = match entrance.scope(gateway, headers).await {
        Ok(scope) => scope,
        Err(error) => return refused(headers, &error),
    };
    let live = match gateway.inner.live_connections.open(&scope.viewer, entrance.caller.known_address()) {
        Ok(live) => live,
        Err(too_many) => return refused(headers, &too_many.into()),
    };
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(CLIENT_READ_BUFFER)
        .write_buffer_size(SOCKET_BUFFER)
        .max_write_buffer_size(MAX_SOCKET_WRITE_BUFFER)
        .max_message_size(MAX_SOCKET_MESSAGE)
        .max_frame_size(MAX_SOCKET_MESSAGE);
    let (gateway, spoken) = (gateway.clone(), upgrade.selected_protocol().is_some());
    upgrade.on_upgrade(move |socket| async move {
        let (sink, stream) = futures::StreamExt::split(socket);
        Connection::new(gateway, scope, live, sink).serve(stream, spoken).await;
    })
}
