//! What playback adds to the supergraph: how a track sounds and looks.

mod entity;
mod error;
mod loader;
mod object;

use std::sync::Arc;

use async_graphql::{Context, EmptyMutation, EmptySubscription, Schema};
use platform::data_loader::DataLoader;
use platform::entities::Entities;
use platform::subgraph::{SchemaSubgraph, Subgraph};

use crate::application::UseCases;
use entity::Query;
use loader::LadderLoader;

/// The subgraph `playback` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    let build = move || {
        let loader = DataLoader::new(LadderLoader::new(use_cases.find_ladder.clone()));
        Schema::build(Entities(Query), EmptyMutation, EmptySubscription).enable_federation().data(use_cases.clone()).data(loader)
    };
    Arc::new(SchemaSubgraph::new(crate::NAME, build))
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
