//! Runs contexts: their routes beside health and metrics, their event handlers, their loops; and stops them in order.

mod alone;
mod listener;
mod subgraph_http;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::consumer::Consumer;
use crate::context::{Context, Task};
use crate::database::Database;
use crate::graphql::RequestId;
use crate::platform::Platform;
use crate::telemetry;

pub use alone::{ServeError, announce, main, serve_context, stop_on_signal};
pub use subgraph_http::{ORIGIN_ADDRESS, ORIGIN_AGENT, subgraph_router};

/// The header under which a request's id comes and goes.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Some contexts, ready to run behind one listener.
pub struct Service {
    platform: Platform,
    router: Router,
    consumers: Vec<Consumer>,
    tasks: Vec<Task>,
    databases: Vec<Database>,
}

/// Whether this process takes requests: after the start, and not any more once it drains.
#[derive(Clone)]
struct Readiness {
    accepting: Arc<AtomicBool>,
    databases: Arc<[Database]>,
    /// Holds a token for every request in flight.
    in_flight: TaskTracker,
}

impl Service {
    /// A service without contexts.
    pub fn new(platform: Platform) -> Self {
        Self { platform, router: Router::new(), consumers: Vec::new(), tasks: Vec::new(), databases: Vec::new() }
    }

    /// Adds a context's routes, handlers and loops. Its subgraph is served only where the caller routes to it.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.router = self.router.merge(context.http);
        if !context.handlers.is_empty() {
            self.consumers.push(Consumer::new(context.name, context.handlers, self.platform.bus.clone()));
        }
        self.tasks.extend(context.tasks);
        self.databases.extend(context.databases);
        self
    }

    /// Adds routes.
    #[must_use]
    pub fn with_router(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// Serves on `listener` until `stop` is cancelled; then finishes the requests in flight, tells health checks and refuses others
    /// meanwhile, closes the listener, finishes event handlers and loops, and returns. Waits for requests at most the configured
    /// drain time, and for background work as long again.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        telemetry::recorder();
        let readiness = Readiness { accepting: Arc::new(AtomicBool::new(true)), databases: self.databases.into(), in_flight: TaskTracker::new() };
        let background = TaskTracker::new();
        // Background work goes on while requests finish: what they commit last still leaves through the outbox.
        let stop_background = CancellationToken::new();
        for consumer in self.consumers {
            background.spawn(consumer.run(stop_background.clone()));
        }
        for task in self.tasks {
            background.spawn((task.run)(stop_background.clone()).instrument(tracing::info_span!("task", name = task.name)));
        }
        background.spawn(keep_metrics_small(stop_background.clone()));
        background.close();

        let app = self
            .router
            .layer(middleware::from_fn_with_state(readiness.clone(), count_in))
            .route("/health/live", get(|| async { "live\n" }))
            .route("/health/ready", get(ready).with_state(readiness.clone()))
            .route("/metrics", get(metrics))
            .layer(middleware::from_fn_with_state(self.platform.clone(), trace_request));
        let drain = self.platform.config.drain();
        let closing = CancellationToken::new();
        let closed = closing.clone();
        let mut server = std::pin::pin!(listener::serve(listener, app, &self.platform.config.http, closed));
        let draining = async {
            stop.cancelled().await;
            readiness.accepting.store(false, Ordering::SeqCst);
            readiness.in_flight.close();
            // The listener stays open while a request is in flight, so that a load balancer is told rather than turned away.
            readiness.in_flight.wait().await;
            closing.cancel();
            // Bodies on their way and idle connections are the server's to finish.
            std::future::pending::<()>().await;
        };
        // A client that never finishes must not keep the service from stopping.
        let out_of_time = async {
            stop.cancelled().await;
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            () = &mut server => {}
            () = draining => {}
            () = out_of_time => {}
        }
        stop_background.cancel();
        if tokio::time::timeout(drain, background.wait()).await.is_err() {
            tracing::warn!("background work did not stop in time");
        }
        Ok(())
    }
}

/// Remembers that a request is in flight until it is answered; refuses those that come during the drain.
async fn count_in(State(readiness): State<Readiness>, request: Request, next: Next) -> Response {
    // Counted first: the drain, which looks at the count after it stopped acceptance, cannot miss an accepted one.
    let _in_flight = readiness.in_flight.token();
    if !readiness.accepting.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::CONNECTION, "close")], "draining\n").into_response();
    }
    next.run(request).await
}

/// Folds recorded durations into their histograms, which otherwise grow until somebody reads the metrics.
async fn keep_metrics_small(stop: CancellationToken) {
    let Some(recorder) = telemetry::recorder() else { return };
    let mut interval = tokio::time::interval(METRICS_UPKEEP);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        recorder.run_upkeep();
    }
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    if !readiness.accepting.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    for database in &*readiness.databases {
        let ping = tokio::time::timeout(Duration::from_secs(2), database.ping());
        if !matches!(ping.await, Ok(Ok(()))) {
            return (StatusCode::SERVICE_UNAVAILABLE, "a database does not answer\n").into_response();
        }
    }
    "ready\n".into_response()
}

async fn metrics() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::render_metrics())
}

/// Gives every request an id (the caller's, when it sent a sound one), logs under it, and returns it.
async fn trace_request(State(platform): State<Platform>, mut request: Request, next: Next) -> Response {
    let sent = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sound(id)).map(ToOwned::to_owned);
    let id = sent.unwrap_or_else(|| platform.ids.uuid().simple().to_string());
    let Ok(value) = HeaderValue::from_str(&id) else { return StatusCode::BAD_REQUEST.into_response() };
    request.headers_mut().insert(REQUEST_ID, value.clone());
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

fn is_sound(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
