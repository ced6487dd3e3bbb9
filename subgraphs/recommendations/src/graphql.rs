//! What recommendations add to the supergraph.

mod embeddings;
mod entity;
mod error;
mod loader;
mod mutation;
mod object;
mod track;

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, Schema};
use platform::data_loader::DataLoader;
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};

use crate::application::UseCases;
use entity::Query;
use loader::TasteProfileLoader;
use mutation::Mutation;

/// The subgraph `recommendations` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    let build = move || {
        let loader = DataLoader::new(TasteProfileLoader::new(use_cases.find_taste_profile.clone()));
        Schema::build(Entities(Query), Mutation, EmptySubscription).enable_federation().data(use_cases.clone()).data(loader)
    };
    Arc::new(SchemaSubgraph::new(crate::NAME, build))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
