//! What recommendations add to the supergraph.

mod embeddings;
mod entity;
mod error;
mod loader;
mod mutation;
mod object;
mod track;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, EmptySubscription, Schema};
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};
use tracing::Instrument as _;

use crate::application::UseCases;
use entity::Query;
use loader::TasteProfileLoader;
use mutation::Mutation;

/// The subgraph `recommendations` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    // A batch is logged under the request that began it.
    let loader = DataLoader::new(TasteProfileLoader::new(use_cases.find_taste_profile.clone()), |batch| {
        tokio::spawn(batch.in_current_span());
    });
    let schema = Schema::build(Entities(Query), Mutation, EmptySubscription).enable_federation().data(use_cases).data(loader).finish();
    Arc::new(SchemaSubgraph::new(crate::NAME, schema))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
