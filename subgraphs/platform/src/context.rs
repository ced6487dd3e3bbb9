//! What a bounded context hands to whoever runs it: alone as a service, or with all others in one process.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::consumer::EventHandler;
use crate::database::Database;
use crate::subgraph::Subgraph;

/// A loop that runs beside the requests (an outbox relay, a worker). It must return soon after the token is cancelled,
/// with nothing lost.
pub struct Task {
    /// For logs: `users.outbox`.
    pub name: &'static str,
    /// The loop.
    pub run: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

impl Task {
    /// A task from an async function of the token.
    pub fn new<F, R>(name: &'static str, run: F) -> Self
    where
        F: FnOnce(CancellationToken) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Box::new(move |token| Box::pin(run(token))) }
    }
}

/// A started context: its entrances and its background work, not yet running.
pub struct Context {
    /// Its name: also its subgraph's, its database's and its event consumer's.
    pub name: &'static str,
    /// Its GraphQL schema; the media worker has none.
    pub subgraph: Option<Arc<dyn Subgraph>>,
    /// Routes besides GraphQL, with absolute paths that are unique in the product (uploads, media, JWKS).
    pub http: axum::Router,
    /// What it does on events. All handlers of a context share one place in the log, so it sees events in their order.
    pub handlers: Vec<Arc<dyn EventHandler>>,
    /// Its databases, for readiness.
    pub databases: Vec<Database>,
    /// Its loops.
    pub tasks: Vec<Task>,
}

impl Context {
    /// A context with nothing but a name; fill in what it has.
    pub fn new(name: &'static str) -> Self {
        Self { name, subgraph: None, http: axum::Router::new(), handlers: Vec::new(), databases: Vec::new(), tasks: Vec::new() }
    }
}
