//! The catalog as a subgraph.

mod album;
mod artist;
mod entity;
mod error;
mod live;
mod loader;
mod mutation;
mod object;
mod query;
mod review;
mod sound;
mod track;

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Schema};
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};
use tracing::Instrument as _;

use crate::application::UseCases;
use live::Subscription;
use loader::CatalogLoader;
use mutation::Mutation;
use query::Query;

/// The subgraph `catalog` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    // A batch is logged under the request that began it.
    let loader = DataLoader::new(CatalogLoader::new(&use_cases), |batch| {
        tokio::spawn(batch.in_current_span());
    });
    let schema =
        Schema::build(Entities(Query), Mutation, Subscription).enable_federation().enable_subscription_in_federation().data(use_cases).data(loader).finish();
    Arc::new(SchemaSubgraph::new(crate::NAME, schema))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
