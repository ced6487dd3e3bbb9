//! Accounts, sessions and partners as a subgraph.

mod api_key;
mod entity;
mod error;
mod loader;
mod mutation;
mod myself;
mod object;
mod organisation;
mod partner;
mod partner_loader;
mod provider;
mod query;
mod rights;
mod second_factor;
mod security;
mod told;

use std::sync::Arc;

use async_graphql::{Context, MergedObject, MergedSubscription, Schema};
use platform::data_loader::DataLoader;
use platform::entities::Entities;
use platform::graphql::{origin, viewer};
use platform::subgraph::{SchemaSubgraph, Subgraph};

use crate::application::UseCases;
use crate::application::caller::Caller;
use loader::UserLoader;
use mutation::AccountMutation;
use myself::{MyselfLive, MyselfMutation, MyselfQuery};
use partner::{PartnerMutation, PartnerQuery};
use partner_loader::PartnerLoader;
use provider::{ProviderMutation, ProviderQuery};
use query::AccountQuery;
use rights::{RightsLive, RightsMutation, RightsQuery};
use second_factor::{SecondFactorMutation, SecondFactorQuery};
use security::{SecurityMutation, SecurityQuery};

// No doc comment: it would become the description of the whole query type.
#[derive(MergedObject, Default)]
struct Query(AccountQuery, SecurityQuery, SecondFactorQuery, ProviderQuery, PartnerQuery, RightsQuery, MyselfQuery);

// Nor here.
#[derive(MergedObject, Default)]
struct Mutation(AccountMutation, SecurityMutation, SecondFactorMutation, ProviderMutation, PartnerMutation, RightsMutation, MyselfMutation);

// Nor here.
#[derive(MergedSubscription, Default)]
struct Subscription(RightsLive, MyselfLive);

/// The subgraph `users` on `use_cases`.
pub fn subgraph(use_cases: Arc<UseCases>) -> Arc<dyn Subgraph> {
    let build = move || {
        Schema::build(Entities(Query::default()), Mutation::default(), Subscription::default())
            .enable_federation()
            .enable_subscription_in_federation()
            .data(use_cases.clone())
            .data(DataLoader::new(UserLoader::new(use_cases.find_user.clone())))
            .data(DataLoader::new(PartnerLoader::new(use_cases.partners.find_api_key.clone())))
    };
    Arc::new(SchemaSubgraph::new(crate::NAME, build))
}

/// Who asks, and from where.
fn caller(context: &Context<'_>) -> Caller {
    let origin = origin(context);
    Caller::new(viewer(context).clone(), origin.address.map(|address| address.to_string()), origin.user_agent.as_deref())
}

fn use_cases<'ctx>(context: &Context<'ctx>) -> &'ctx UseCases {
    context.data_unchecked::<Arc<UseCases>>()
}
