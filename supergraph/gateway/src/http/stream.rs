//! Many answers in one HTTP response. It ends with its operation, with the viewer's token, when the service stops, and when
//! the reader has gone or is too slow: what waits to be read is bounded.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use hive_router::query_planner::state::supergraph_state::OperationKind;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::framing::Framing;
use crate::admission::Admitted;
use crate::gateway::Gateway;
use crate::lifetime::{self, LiveGauge};
use crate::live_connections::LiveConnection;
use crate::metrics::SLOW_READERS;
use crate::options::{OUTGOING, SLOW_READER};
use crate::pipeline::{RequestError, Scope};
use crate::record::{Outcome, Record};

/// Tells nginx, and those who follow it, to pass on each answer as it comes.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The body breaks off here. Whoever reads sees that it is not whole.
#[derive(Debug, thiserror::Error)]
#[error("the client reads too slowly")]
struct TooSlow;

/// The answers of an operation as they come; `record` ends with the last.
pub(super) fn answers(gateway: &Gateway, framing: Framing, admitted: Admitted, live: Option<LiveConnection>, scope: Arc<Scope>, record: Record) -> Response {
    let (queue, mut queued) = mpsc::channel(OUTGOING);
    let slow = CancellationToken::new();
    let writer = Writer { queue, slow: slow.clone() };
    let gateway = gateway.clone();
    tokio::spawn(async move {
        drive(gateway, framing, admitted, scope, writer, record).await;
        // Counted until here.
        drop(live);
    });
    respond(
        framing,
        Body::from_stream(async_stream::stream! {
            loop {
                tokio::select! {
                    biased;
                    () = slow.cancelled() => {
                        yield Err(TooSlow);
                        return;
                    }
                    chunk = queued.recv() => match chunk {
                        Some(chunk) => yield Ok(chunk),
                        None => return,
                    }
                }
            }
        }),
    )
}

/// The refusal of an operation, for who takes nothing but a stream.
pub(super) fn refused(framing: Framing, error: &RequestError) -> Response {
    respond(framing, Body::from([framing.opening(), framing.failed(error)].concat()))
}

fn respond(framing: Framing, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, framing.content_type());
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
}

struct Writer {
    queue: mpsc::Sender<Bytes>,
    slow: CancellationToken,
}

/// There is nobody to write to any more.
struct Gone;

impl Writer {
    async fn write(&self, chunk: Bytes) -> Result<(), Gone> {
        self.queue.send_timeout(chunk, SLOW_READER).await.map_err(|error| {
            if matches!(error, mpsc::error::SendTimeoutError::Timeout(_)) {
                metrics::counter!(SLOW_READERS).increment(1);
                self.slow.cancel();
            }
            Gone
        })
    }
}

async fn drive(gateway: Gateway, framing: Framing, admitted: Admitted, scope: Arc<Scope>, writer: Writer, mut record: Record) {
    let debt = admitted.debt();
    let Admitted { pipeline, ready, kind } = admitted;
    let _live = (kind == OperationKind::Subscription).then(LiveGauge::new);
    let mut end = std::pin::pin!(lifetime::ended(gateway.clone(), scope.clone()));
    let span = record.span();
    let mut answers = pipeline.live(ready, scope.clone());
    let mut heartbeat = tokio::time::interval(gateway.inner.config.transport.heartbeat());
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next = framing.opening();
    loop {
        if writer.write(next).await.is_err() {
            return;
        }
        next = tokio::select! {
            answer = answers.next().instrument(span.clone()) => match answer {
                Some(body) => {
                    record.answered(body.len());
                    framing.next(&body)
                }
                None => break,
            },
            _ = heartbeat.tick() => framing.heartbeat(),
            end = &mut end => {
                let _ = writer.write(framing.failed(&end.into())).await;
                return;
            }
            () = gateway.inner.stop.cancelled() => {
                let _ = writer.write(framing.stopping()).await;
                return;
            }
            () = writer.queue.closed() => return,
        };
    }
    debt.settle(&gateway, &scope).await;
    record.end(Outcome::Executed, StatusCode::OK.as_u16());
    let _ = writer.write(framing.complete()).await;
}
