//! Mail as operators see it.

mod error;
mod mutation;
mod object;
mod query;

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, Schema};
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};

use crate::application::UseCases;
use mutation::Mutation;
use query::Query;

/// The subgraph `notifications` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    let build = move || Schema::build(Entities(Query), Mutation, EmptySubscription).enable_federation().data(use_cases.clone());
    Arc::new(SchemaSubgraph::new(crate::NAME, build))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
