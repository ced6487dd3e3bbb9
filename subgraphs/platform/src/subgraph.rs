//! A subgraph as its callers see it: a schema that executes requests, whatever its Rust type.

use async_graphql::{ObjectType, Request, Response, SDLExportOptions, Schema, SubscriptionType};
use async_trait::async_trait;
use futures::stream::BoxStream;
use tracing::{Instrument as _, Span};

use crate::describe::describe;
use crate::entities::Begun;
use crate::telemetry::SPANS;

/// One GraphQL service of one bounded context, callable in process.
///
/// Callers put the [`kernel::Viewer`] (always) and the [`crate::graphql::RequestId`] (when there is one) into the
/// request's data; resolvers find them with [`crate::graphql::viewer`].
#[async_trait]
pub trait Subgraph: Send + Sync + 'static {
    /// The subgraph's name in the supergraph.
    fn name(&self) -> &'static str;

    /// The federation SDL as the code exports it, sorted, so that it is the same on every run.
    fn sdl(&self) -> String;

    /// Runs a query or mutation.
    async fn execute(&self, request: Request) -> Response;

    /// Runs a live operation; ends when the source does. A query yields one response.
    fn live(&self, request: Request) -> BoxStream<'static, Response>;
}

/// An async-graphql schema as a subgraph.
pub struct SchemaSubgraph<Q, M, S> {
    name: &'static str,
    schema: Schema<Q, M, S>,
}

impl<Q, M, S> SchemaSubgraph<Q, M, S> {
    /// `schema` under the name it has in the supergraph.
    pub const fn new(name: &'static str, schema: Schema<Q, M, S>) -> Self {
        Self { name, schema }
    }
}

#[async_trait]
impl<Q, M, S> Subgraph for SchemaSubgraph<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn sdl(&self) -> String {
        let options = SDLExportOptions::new().federation().compose_directive().sorted_fields().sorted_arguments().sorted_enum_items();
        describe(&crate::cost::link(&crate::cache_control::link(&crate::authenticated::link(&self.schema.sdl_with_options(options)))))
    }

    async fn execute(&self, request: Request) -> Response {
        self.schema.execute(request.data(Begun::default())).instrument(span(self.name)).await
    }

    fn live(&self, request: Request) -> BoxStream<'static, Response> {
        Box::pin(self.schema.execute_stream(request.data(Begun::default())))
    }
}

/// The subgraph's part of a trace, the same whether it was called in this process or over HTTP.
fn span(name: &'static str) -> Span {
    tracing::debug_span!(target: SPANS, "subgraph", otel.kind = "internal", subgraph = name)
}
