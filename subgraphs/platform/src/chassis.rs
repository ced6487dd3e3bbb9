//! Runs contexts: their routes beside health and metrics, their event handlers, their loops; and stops them in order.

mod alone;
mod listener;
mod server;
mod subgraph_http;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderName;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::consumer::Consumer;
use crate::context::{Context, Task};
use crate::platform::Platform;

pub use alone::{ServeError, announce, main, serve_context, stop_on_signal};
pub use server::{ReadinessCheck, Server, request_id, request_id_value};
pub use subgraph_http::{ORIGIN_ADDRESS, ORIGIN_AGENT, subgraph_router};

/// The header under which a request's id comes and goes.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Some contexts, ready to run behind one listener.
pub struct Service {
    platform: Platform,
    server: Server,
}

impl Service {
    /// A service without contexts.
    pub fn new(platform: Platform) -> Self {
        let config = &platform.config;
        let server = Server::new(platform.ids.clone(), config.http.clone(), config.drain()).with_notice(config.drain_notice());
        Self { platform, server }
    }

    /// Adds a context's routes, handlers and loops. Its subgraph is served only where the caller routes to it.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.server = self.server.with_router(context.http);
        if !context.handlers.is_empty() {
            let consumer = Consumer::new(context.name, context.handlers, self.platform.bus.clone());
            self = self.with_task(Task::new(context.name, move |stop| consumer.run(stop)));
        }
        let checked = context.databases.into_iter().fold(self.server, |server, database| server.with_check(Arc::new(database)));
        self.server = context.tasks.into_iter().fold(checked, Server::with_task);
        self
    }

    /// Adds routes.
    #[must_use]
    pub fn with_router(mut self, router: Router) -> Self {
        self.server = self.server.with_router(router);
        self
    }

    /// Adds a loop beside the requests.
    #[must_use]
    pub fn with_task(mut self, task: Task) -> Self {
        self.server = self.server.with_task(task);
        self
    }

    /// Adds a condition of readiness.
    #[must_use]
    pub fn with_check(mut self, check: Arc<dyn ReadinessCheck>) -> Self {
        self.server = self.server.with_check(check);
        self
    }

    /// Serves on `listener` until `stop` is cancelled, as [`Server::run`] does.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        self.server.run(listener, stop).await
    }
}
