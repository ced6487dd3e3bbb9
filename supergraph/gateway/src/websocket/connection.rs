//! One WebSocket of one client, from its first message to its close code.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::{Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{FutureExt as _, StreamExt as _};
use hive_router::query_planner::state::supergraph_state::OperationKind;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;
use tracing::Instrument as _;

use super::protocol::{self, Close, Incoming, InitPayload};
use super::writer::{CLOSING, Writer};
use crate::admission::{Admitted, Carrier, admit};
use crate::gateway::Gateway;
use crate::lifetime::{self, LiveGauge};
use crate::live_connections::LiveConnection;
use crate::metrics::SOCKETS;
use crate::options::KEEP_ALIVE;
use crate::pipeline::{Fault, OperationRequest, RequestError, Scope};
use crate::record::{NO_STATUS, Outcome, Record};

/// The state of one connection.
pub(super) struct Connection {
    gateway: Gateway,
    scope: Arc<Scope>,
    /// Counted for whoever it belongs to.
    _live: LiveConnection,
    writer: Writer,
    writing: JoinHandle<()>,
    initialised: bool,
    running: HashMap<String, AbortHandle>,
    operations: JoinSet<String>,
}

impl Connection {
    pub(super) fn new(gateway: Gateway, scope: Scope, live: LiveConnection, sink: SplitSink<WebSocket, Message>) -> Self {
        let (writer, writing) = Writer::new(sink);
        Self { gateway, scope: Arc::new(scope), _live: live, writer, writing, initialised: false, running: HashMap::new(), operations: JoinSet::new() }
    }

    /// Serves until either side closes. Operations end with the connection.
    pub(super) async fn serve(mut self, mut stream: SplitStream<WebSocket>, spoken: bool) {
        metrics::gauge!(SOCKETS).increment(1.0);
        if spoken {
            // A bug costs its connection, and the client is told; a task that just ended would look like a broken network.
            let close = AssertUnwindSafe(self.talk(&mut stream)).catch_unwind().await.unwrap_or(Some(Close::INTERNAL));
            if let Some(close) = close {
                self.writer.close(close);
            }
        } else {
            self.writer.close(Close::WRONG_PROTOCOL);
        }
        self.operations.shutdown().await;
        // The last writer gone ends the writing task; it sends the close frame first.
        drop(self.writer);
        let _ = self.writing.await;
        // Until the client has answered the close frame: closing a socket that still gets data resets it, and a reset takes
        // what the client has not read yet, the close frame included.
        let answered = async { while stream.next().await.is_some_and(|message| message.is_ok()) {} };
        let _ = tokio::time::timeout(CLOSING, answered).await;
        metrics::gauge!(SOCKETS).decrement(1.0);
    }

    async fn talk(&mut self, stream: &mut SplitStream<WebSocket>) -> Option<Close> {
        let opened = Instant::now();
        let init_timeout = self.gateway.inner.config.transport.init_timeout();
        let stop = self.gateway.inner.stop.clone();
        let writer = self.writer.clone();
        let mut keep_alive = tokio::time::interval(KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        let mut watched = self.scope.clone();
        let mut end = Box::pin(lifetime::ended(self.gateway.clone(), watched.clone()));
        loop {
            // Of the viewer as it is now: `connection_init` may change it.
            if !Arc::ptr_eq(&watched, &self.scope) {
                watched = self.scope.clone();
                end = Box::pin(lifetime::ended(self.gateway.clone(), watched.clone()));
            }
            tokio::select! {
                message = stream.next() => {
                    heard = Instant::now();
                    match message? {
                        Ok(Message::Text(text)) => {
                            let Some(incoming) = Incoming::read(&text) else { return Some(Close::INVALID_MESSAGE) };
                            if let Err(close) = Box::pin(self.take(incoming)).await {
                                return close;
                            }
                        }
                        Ok(Message::Binary(_)) => return Some(Close::INVALID_MESSAGE),
                        // Pings are answered by the WebSocket layer.
                        Ok(Message::Ping(_) | Message::Pong(_)) => {}
                        Ok(Message::Close(_)) | Err(_) => return None,
                    }
                }
                Some(ended) = self.operations.join_next(), if !self.operations.is_empty() => {
                    match ended {
                        Ok(id) => {
                            self.running.remove(&id);
                        }
                        Err(error) if error.is_panic() => return Some(Close::INTERNAL),
                        // The client completed it.
                        Err(_) => {}
                    }
                }
                () = tokio::time::sleep(init_timeout.saturating_sub(opened.elapsed())), if !self.initialised => return Some(Close::INIT_TIMEOUT),
                reason = &mut end => return Some(Close::of(reason)),
                _ = keep_alive.tick() => {
                    if heard.elapsed() > KEEP_ALIVE * 2 {
                        return Some(Close::SILENT);
                    }
                    self.writer.send(Message::Ping(bytes::Bytes::new())).await.ok()?;
                }
                () = writer.closed() => return None,
                () = stop.cancelled() => return Some(Close::GOING_AWAY),
            }
        }
    }

    /// Handles one message; an error is how the connection ends.
    async fn take(&mut self, incoming: Incoming) -> Result<(), Option<Close>> {
        match incoming {
            Incoming::Init(payload) => self.init(payload).await,
            Incoming::Ping { payload } => self.writer.text(protocol::pong(payload.as_deref())).await.map_err(|_| None),
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { .. } if !self.initialised => Err(Some(Close::NOT_INITIALISED)),
            Incoming::Subscribe { .. } if lifetime::has_ended(&*self.gateway.inner.clock, &self.scope.viewer) => Err(Some(Close::EXPIRED)),
            Incoming::Subscribe { id, request } => self.subscribe(id, request).await,
            Incoming::Complete { id } => {
                if let Some(operation) = self.running.remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: InitPayload) -> Result<(), Option<Close>> {
        if self.initialised {
            return Err(Some(Close::TOO_MANY_INITS));
        }
        let client = self.scope.client.named(payload.client_name.as_deref(), payload.client_version.as_deref());
        self.scope = Arc::new(Scope { client, ..(*self.scope).clone() });
        if let Some(authorization) = payload.authorization.filter(|text| !text.is_empty()) {
            let scope = self.scope.authenticated(&self.gateway, &authorization).await.map_err(|error| {
                Some(match error.fault {
                    Fault::Unauthenticated => Close::UNAUTHENTICATED,
                    Fault::Forbidden => Close::FORBIDDEN,
                    Fault::TooMany => Close::TOO_MANY_ATTEMPTS,
                    _ => Close::UNAVAILABLE,
                })
            })?;
            // Whoever signs in is no longer one of the anonymous of an address.
            self._live = self.gateway.inner.live_connections.open(&scope.viewer, None).map_err(|_| Some(Close::TOO_MANY))?;
            self.scope = Arc::new(scope);
        }
        self.initialised = true;
        self.writer.text(protocol::ack()).await.map_err(|_| None)
    }

    async fn subscribe(&mut self, id: String, request: OperationRequest) -> Result<(), Option<Close>> {
        if self.running.contains_key(&id) {
            return Err(Some(Close::DUPLICATE));
        }
        let max = self.gateway.inner.config.live.max_operations;
        if self.running.len() >= max {
            let error = RequestError::new(Fault::Operation, "RATE_LIMITED", format!("one connection may run {max} operations at once"));
            return self.writer.text(protocol::error(&id, &error)).await.map_err(|_| None);
        }
        let (gateway, scope, writer) = (self.gateway.clone(), self.scope.clone(), self.writer.clone());
        let name = id.clone();
        let operation = self.operations.spawn(async move {
            operate(&gateway, scope, &writer, &name, request).await;
            name
        });
        self.running.insert(id, operation);
        Ok(())
    }
}

/// Runs one operation and writes its answers. A reader who is gone ends it.
async fn operate(gateway: &Gateway, scope: Arc<Scope>, writer: &Writer, id: &str, request: OperationRequest) {
    let mut record = Record::begin(gateway, "websocket", &scope.request_id, scope.client.clone(), Instant::now());
    record.viewer(&scope.viewer);
    let span = record.span();
    let admitted = match Box::pin(admit(gateway, &scope, request, Carrier::Stream, &mut record)).instrument(span.clone()).await {
        Ok(admitted) => admitted,
        Err(error) => {
            record.end(Outcome::Refused, NO_STATUS);
            let _ = writer.text(protocol::error(id, &error)).await;
            return;
        }
    };
    let debt = admitted.debt();
    let Admitted { pipeline, ready, kind } = admitted;
    let _live = (kind == OperationKind::Subscription).then(LiveGauge::new);
    let mut answers = pipeline.live(ready, scope.clone());
    while let Some(body) = answers.next().instrument(span.clone()).await {
        record.answered(body.len());
        if writer.text(protocol::next(id, &body)).await.is_err() {
            return;
        }
    }
    debt.settle(gateway, &scope).await;
    record.end(Outcome::Executed, NO_STATUS);
    let _ = writer.text(protocol::complete(id)).await;
}
