//! Routes behind one listener, beside health and metrics, with loops beside them; stopped in order.
//!
//! `/health/live` says that the process runs; `/health/ready` that it takes requests: every check holds and it does not drain.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{Route, get};
use kernel::IdGenerator;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Layer, Service, ServiceExt as _, layer::layer_fn, service_fn};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::{REQUEST_ID, listener};
use crate::config::HttpConfig;
use crate::context::Task;
use crate::database::Database;
use crate::graphql::RequestId;
use crate::telemetry::{self, SPANS};

const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// Of a request's id that its caller chose, in bytes.
const MAX_ID_LENGTH: usize = 64;
/// How long one database may take to answer a readiness check.
const PING: Duration = Duration::from_secs(2);

/// What a service must have to take requests, or its operators want to see beside its readiness.
#[async_trait]
pub trait ReadinessCheck: Send + Sync + 'static {
    /// What holds, a line each, for operators; or why requests cannot be taken. Soon: whoever asks waits for it.
    async fn check(&self) -> Result<Vec<String>, &'static str>;
}

#[async_trait]
impl ReadinessCheck for Database {
    async fn check(&self) -> Result<Vec<String>, &'static str> {
        match tokio::time::timeout(PING, self.ping()).await {
            Ok(Ok(())) => Ok(Vec::new()),
            Ok(Err(_)) | Err(_) => Err("a database does not answer"),
        }
    }
}

/// Routes, loops and conditions of readiness, ready to run behind one listener.
pub struct Server {
    ids: IdGenerator,
    http: HttpConfig,
    drain: Duration,
    notice: Duration,
    router: Router,
    tasks: Vec<Task>,
    checks: Vec<Arc<dyn ReadinessCheck>>,
}

/// Whether this process takes requests: after the start, and not any more once it drains.
#[derive(Clone)]
struct Readiness {
    /// Told to health checks; what is routed here nevertheless is still answered while `accepting`.
    ready: Arc<AtomicBool>,
    accepting: Arc<AtomicBool>,
    checks: Arc<[Arc<dyn ReadinessCheck>]>,
    /// Holds a token for every request in flight.
    in_flight: TaskTracker,
}

impl Server {
    /// A server without routes, its connections bounded by `http`. A stop waits at most `drain` for requests in flight, and for
    /// loops as long again.
    pub fn new(ids: IdGenerator, http: HttpConfig, drain: Duration) -> Self {
        Self { ids, http, drain, notice: Duration::ZERO, router: Router::new(), tasks: Vec::new(), checks: Vec::new() }
    }

    /// The same, still taking requests for so long after it has begun to say that it is not ready.
    #[must_use]
    pub const fn with_notice(mut self, notice: Duration) -> Self {
        self.notice = notice;
        self
    }

    /// Adds routes.
    #[must_use]
    pub fn with_router(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// Adds a loop beside the requests.
    #[must_use]
    pub fn with_task(mut self, task: Task) -> Self {
        self.tasks.push(task);
        self
    }

    /// Adds a condition of readiness.
    #[must_use]
    pub fn with_check(mut self, check: Arc<dyn ReadinessCheck>) -> Self {
        self.checks.push(check);
        self
    }

    /// Serves on `listener` until `stop` is cancelled; then tells health checks, for the notice's time still takes requests,
    /// refuses further ones, finishes those in flight, closes the listener, finishes the loops, and returns. Waits for requests at
    /// most the drain time, and for loops as long again.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        telemetry::recorder();
        let readiness = Readiness {
            ready: Arc::new(AtomicBool::new(true)),
            accepting: Arc::new(AtomicBool::new(true)),
            checks: self.checks.into(),
            in_flight: TaskTracker::new(),
        };
        let background = TaskTracker::new();
        // Background work goes on while requests finish: what they commit last still leaves through the outbox.
        let stop_background = CancellationToken::new();
        for task in self.tasks {
            background.spawn((task.run)(stop_background.clone()).instrument(tracing::info_span!("task", name = task.name)));
        }
        background.spawn(keep_metrics_small(stop_background.clone()));
        background.close();

        let app = self
            .router
            .layer(counted_in(Arc::new((readiness.clone(), self.ids.clone()))))
            .merge(own_routes(readiness.clone()).layer(middleware::from_fn_with_state(self.ids, trace_request)));
        let (drain, notice) = (self.drain, self.notice);
        let closing = CancellationToken::new();
        let closed = closing.clone();
        let mut server = std::pin::pin!(listener::serve(listener, app, &self.http, closed));
        let draining = async {
            stop.cancelled().await;
            readiness.ready.store(false, Ordering::SeqCst);
            tokio::time::sleep(notice).await;
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
            tokio::time::sleep(notice + drain).await;
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

/// What operators ask, which is answered during the drain too.
fn own_routes(readiness: Readiness) -> Router {
    Router::new().route("/health/live", get(|| async { "live\n" })).route("/health/ready", get(ready).with_state(readiness)).route("/metrics", get(metrics))
}

/// [`count_in`] around each route. Not by axum's `from_fn`, which boxes and copies what is under it once more for each request: that
/// costs about as much as reading an operation.
fn counted_in(
    state: Arc<(Readiness, IdGenerator)>,
) -> impl Layer<Route, Service: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync> + Clone {
    layer_fn(move |route: Route| {
        let state = state.clone();
        service_fn(move |request| {
            let (state, route) = (state.clone(), route.clone());
            async move { Ok(count_in(&state, request, route).await) }
        })
    })
}

/// [`trace_request`], and remembers that the request is in flight until it is answered; refuses those that come during the drain.
/// One step for both: each step on a request's way costs about as much as reading its operation.
async fn count_in((readiness, ids): &(Readiness, IdGenerator), request: Request, route: Route) -> Response {
    // Counted first: the drain, which looks at the count after it stopped acceptance, cannot miss an accepted one.
    let _in_flight = readiness.in_flight.token();
    let answer = async |request| {
        if !readiness.accepting.load(Ordering::SeqCst) {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::CONNECTION, "close")], "draining\n").into_response();
        }
        route.oneshot(request).await.unwrap_or_else(|never| match never {})
    };
    traced(ids, request, answer).await
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
    if !readiness.ready.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let mut text = "ready\n".to_owned();
    for check in &*readiness.checks {
        match check.check().await {
            Ok(lines) => lines.iter().for_each(|line| text.extend([line, "\n"])),
            Err(reason) => return (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
        }
    }
    text.into_response()
}

async fn metrics() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::render_metrics())
}

/// Gives every request an id (the caller's, when it sent a sound one), logs under it, and returns it.
async fn trace_request(State(ids): State<IdGenerator>, request: Request, next: Next) -> Response {
    traced(&ids, request, async |request| next.run(request).await).await
}

async fn traced(ids: &IdGenerator, mut request: Request, answer: impl AsyncFnOnce(Request) -> Response) -> Response {
    let id = request_id(request.headers(), ids);
    let Some(value) = request_id_value(&id) else { return StatusCode::BAD_REQUEST.into_response() };
    request.headers_mut().insert(REQUEST_ID, value.clone());
    let span = tracing::info_span!("request", id = &*id.0, method = %request.method(), path = request.uri().path());
    let server = server_span(&id.0, &request);
    request.extensions_mut().insert(id);
    let mut response = answer(request).instrument(server.clone()).instrument(span).await;
    server.record("http.response.status_code", response.status().as_u16());
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// The request's part of a trace, which its caller may have begun. Names and fields by OpenTelemetry's conventions for HTTP.
fn server_span(id: &str, request: &Request) -> Span {
    let method = request.method();
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let span = tracing::debug_span!(
        target: SPANS,
        "server",
        otel.kind = "server",
        otel.name = format_args!("{method} {route}"),
        http.request.method = %method,
        http.route = route,
        url.path = request.uri().path(),
        http.response.status_code = Empty,
        request.id = id,
    );
    telemetry::continue_headers(&span, request.headers());
    span
}

/// The id of a request with these headers: its caller's, when it sent a sound one, or a new one.
pub fn request_id(headers: &HeaderMap, ids: &IdGenerator) -> RequestId {
    let sent = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sound(id));
    RequestId(sent.map_or_else(|| Arc::from(&*ids.uuid().simple().encode_lower(&mut Uuid::encode_buffer())), Arc::from))
}

/// `id` as the value of its header; nothing for one that is not sound.
pub fn request_id_value(id: &RequestId) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&id.0).ok()?;
    // Not that it were a secret: it will not come again, and what is sensitive takes no place among the headers that HTTP/2 remembers
    // (RFC 7541 §7.1.3).
    value.set_sensitive(true);
    Some(value)
}

/// Nothing that could break a log line or a header.
fn is_sound(id: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
