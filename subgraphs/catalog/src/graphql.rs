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

use async_graphql::{Context, Schema};
use platform::data_loader::DataLoader;
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};

use crate::application::UseCases;
use live::Subscription;
use loader::CatalogLoader;
use mutation::Mutation;
use query::Query;

/// The subgraph `catalog` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    let build = move || {
        let loader = DataLoader::new(CatalogLoader::new(&use_cases));
        Schema::build(Entities(Query), Mutation, Subscription).enable_federation().enable_subscription_in_federation().data(use_cases.clone()).data(loader)
    };
    Arc::new(SchemaSubgraph::new(crate::NAME, build))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
