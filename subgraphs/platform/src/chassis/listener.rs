//! The listener of a service: HTTP/1.1 and, for clients that begin with its preface, HTTP/2 on the same port; WebSockets over
//! both. A peer that does nothing cannot hold a connection: one that brings no request, or leaves its answers unread, is cut.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use crate::config::HttpConfig;

/// How often an HTTP/2 connection is pinged, and how long the answer may take.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(10);
/// The largest head of an HTTP/2 request, in bytes; HTTP/1.1 has a limit of its own.
const MAX_HEAD: u32 = 64 * 1024;
/// How long to wait when the system gives no more connections: it runs out of file descriptors, and others must close first.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(500);

/// Takes connections until `closing` is cancelled; then closes the listener and waits until every connection has finished its
/// requests. Handlers find the peer's address as `ConnectInfo<SocketAddr>`.
pub(super) async fn serve(listener: TcpListener, app: Router, config: &HttpConfig, closing: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some(accepted) = closing.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, address)) => {
                connections.spawn(connection(stream, address, app.clone(), config.clone(), closing.clone()));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

async fn connection(stream: TcpStream, address: SocketAddr, app: Router, config: HttpConfig, closing: CancellationToken) {
    // Answers of a stream are small and must not wait for each other.
    let _ = stream.set_nodelay(true);
    let mut stream = Box::pin(TimeoutStream::new(stream));
    stream.as_mut().set_write_timeout_pinned(Some(config.write_timeout()));

    let begun = Arc::new(AtomicBool::new(false));
    let requested = begun.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        requested.store(true, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        let answer = app.clone().call(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let builder = builder(&config);
    let mut serving = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut silent = pin!(async {
        // The time for heads begins only once the version of HTTP is known, and one who says nothing never tells it.
        tokio::time::sleep(config.header_timeout()).await;
        if begun.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    });
    let mut close = pin!(closing.cancelled());
    let mut is_closing = false;
    loop {
        tokio::select! {
            served = serving.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection broke off");
                }
                return;
            }
            () = silent.as_mut() => return,
            () = close.as_mut(), if !is_closing => {
                is_closing = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder(config: &HttpConfig) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(config.header_timeout());
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_timeout(PONG).max_header_list_size(MAX_HEAD).enable_connect_protocol();
    builder
}
