//! A subgraph as its callers see it: a schema that executes requests, whatever its Rust type.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ObjectType, Request, Response, SDLExportOptions, Schema, SchemaBuilder, SubscriptionType, ValidationMode};
use async_trait::async_trait;
use futures::stream::BoxStream;
use moka::sync::Cache;
use tracing::{Instrument as _, Span};

use crate::describe::describe;
use crate::entities::Begun;
use crate::telemetry::SPANS;

/// One GraphQL service of one bounded context, callable in process.
///
/// Callers put the [`kernel::Viewer`] (always) and the [`crate::graphql::Origin`] (when it is known) into the request's data;
/// resolvers find them with [`crate::graphql::viewer`] and [`crate::graphql::origin`].
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

/// Documents that are kept: the gateway asks the same few over and over, and to parse and validate one costs more than to run it.
const DOCUMENTS: u64 = 1_000;
/// A longer one has values written into it, and will hardly come again.
const LONGEST_DOCUMENT: usize = 16 * 1024;

/// An async-graphql schema as a subgraph. A document is validated until it has been answered without an error, and not again.
pub struct SchemaSubgraph<Q, M, S> {
    name: &'static str,
    validating: Schema<Q, M, S>,
    /// The same for documents that are known to be valid. Wrong values of their variables are errors of the fields that take them.
    trusting: Schema<Q, M, S>,
    /// Valid documents, parsed.
    documents: Cache<String, Arc<ExecutableDocument>>,
}

impl<Q, M, S> SchemaSubgraph<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// The schema that `build` describes, under the name it has in the supergraph. What `build` puts into the schema's data must be
    /// the same each time, or do the same.
    pub fn new(name: &'static str, build: impl Fn() -> SchemaBuilder<Q, M, S>) -> Self {
        let trusting = build().validation_mode(ValidationMode::Fast).finish();
        Self { name, validating: build().finish(), trusting, documents: Cache::new(DOCUMENTS) }
    }

    async fn run(&self, mut request: Request) -> Response {
        if let Some(document) = self.documents.get(&request.query) {
            request.set_parsed_query((*document).clone());
            return self.trusting.execute(request).await;
        }
        let keep = (request.query.len() <= LONGEST_DOCUMENT).then(|| request.parsed_query().cloned().ok()).flatten();
        let keep = keep.map(|document| (request.query.clone(), Arc::new(document)));
        let response = self.validating.execute(request).await;
        if let Some((text, document)) = keep.filter(|_| response.is_ok()) {
            self.documents.insert(text, document);
        }
        response
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
        describe(&crate::cost::link(&crate::cache_control::link(&crate::authenticated::link(&self.validating.sdl_with_options(options)))))
    }

    async fn execute(&self, request: Request) -> Response {
        self.run(request.data(Begun::default())).instrument(span(self.name)).await
    }

    fn live(&self, mut request: Request) -> BoxStream<'static, Response> {
        // Held for as long as there are events: a copy takes no more than it needs, a document that was just parsed has room for more.
        // One that cannot be parsed is answered with its error.
        if let Ok(document) = request.parsed_query().cloned() {
            request.set_parsed_query(document);
        }
        Box::pin(self.validating.execute_stream(request.data(Begun::default())))
    }
}

/// The subgraph's part of a trace, the same whether it was called in this process or over HTTP.
fn span(name: &'static str) -> Span {
    tracing::debug_span!(target: SPANS, "subgraph", otel.kind = "internal", subgraph = name)
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Variables};
    use serde_json::{Value, json};

    use super::*;

    struct Query;

    #[Object]
    impl Query {
        async fn double(&self, number: i32) -> i32 {
            number * 2
        }
    }

    fn subgraph() -> SchemaSubgraph<Query, EmptyMutation, EmptySubscription> {
        SchemaSubgraph::new("numbers", || Schema::build(Query, EmptyMutation, EmptySubscription))
    }

    async fn ask(subgraph: &dyn Subgraph, query: &str, variables: Value) -> Response {
        subgraph.execute(Request::new(query).variables(Variables::from_json(variables))).await
    }

    #[tokio::test]
    async fn an_invalid_document_is_refused_each_time() {
        let subgraph = subgraph();
        for _ in 0..3 {
            let response = ask(&subgraph, "{ tripled: double(number: 2) triple }", json!({})).await;
            assert!(response.errors[0].message.contains("triple"), "{response:?}");
            assert_eq!(response.data, async_graphql::Value::Null);
        }
        subgraph.documents.run_pending_tasks();
        assert_eq!(subgraph.documents.entry_count(), 0);
    }

    #[tokio::test]
    async fn a_document_that_was_answered_is_trusted_and_its_variables_are_not() {
        let subgraph = subgraph();
        let query = "query($number: Int!) { double(number: $number) }";
        for number in 1..4 {
            let response = ask(&subgraph, query, json!({ "number": number })).await;
            assert_eq!(response.data.into_json().unwrap(), json!({ "double": number * 2 }));
        }
        subgraph.documents.run_pending_tasks();
        assert_eq!(subgraph.documents.entry_count(), 1);
        for wrong in [json!({ "number": "two" }), json!({ "number": null }), json!({})] {
            let response = ask(&subgraph, query, wrong.clone()).await;
            assert!(!response.errors.is_empty() && response.data == async_graphql::Value::Null, "{wrong}: {response:?}");
        }
    }
}
