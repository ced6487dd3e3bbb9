//! A subgraph as its callers see it: a schema that executes requests, whatever its Rust type.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ObjectType, Request, Response, SDLExportOptions, Schema, SubscriptionType};
use async_trait::async_trait;
use futures::stream::BoxStream;
use moka::sync::Cache;
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

/// Documents that are kept parsed: the gateway asks the same few over and over, and parsing one costs as much as running it.
const DOCUMENTS: u64 = 1_000;
/// A longer one has values written into it, and will hardly come again.
const LONGEST_DOCUMENT: usize = 16 * 1024;

/// An async-graphql schema as a subgraph.
pub struct SchemaSubgraph<Q, M, S> {
    name: &'static str,
    schema: Schema<Q, M, S>,
    documents: Cache<String, Arc<ExecutableDocument>>,
}

impl<Q, M, S> SchemaSubgraph<Q, M, S> {
    /// `schema` under the name it has in the supergraph.
    pub fn new(name: &'static str, schema: Schema<Q, M, S>) -> Self {
        Self { name, schema, documents: Cache::new(DOCUMENTS) }
    }

    /// The same request, parsed. What cannot be parsed the schema itself refuses.
    fn parsed(&self, mut request: Request) -> Request {
        if let Some(document) = self.documents.get(&request.query) {
            request.set_parsed_query((*document).clone());
        } else if request.query.len() <= LONGEST_DOCUMENT
            && let Ok(document) = request.parsed_query().cloned()
        {
            self.documents.insert(request.query.clone(), Arc::new(document));
        }
        request
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
        self.schema.execute(self.parsed(request).data(Begun::default())).instrument(span(self.name)).await
    }

    fn live(&self, request: Request) -> BoxStream<'static, Response> {
        Box::pin(self.schema.execute_stream(self.parsed(request).data(Begun::default())))
    }
}

/// The subgraph's part of a trace, the same whether it was called in this process or over HTTP.
fn span(name: &'static str) -> Span {
    tracing::debug_span!(target: SPANS, "subgraph", otel.kind = "internal", subgraph = name)
}
