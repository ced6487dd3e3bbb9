//! Providers of identities: signing in by them, linking and unlinking.

mod error;

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::second_factor::SignInResult;
use super::told::graphql_error;
use super::{caller, use_cases};
use crate::domain;

/// Somewhere that people can prove who they are, so that they can sign in without a password of ours.
#[derive(SimpleObject)]
struct IdentityProvider {
    /// Its name in addresses.
    id: String,
    /// Its name for people.
    name: String,
    /// Where a browser sets out: add `return_to`, one of the addresses that this service is configured to return to, and
    /// `code_challenge`, the SHA-256 of a fresh verifier in base64url. It comes back to `return_to` with `#code=`, or with `#error=` and
    /// one of `denied`, `refused` and `unavailable`.
    start_url: String,
}

/// What somebody is at a provider, by which they sign in here.
#[derive(SimpleObject)]
struct LinkedIdentity {
    /// Its id.
    id: ID,
    /// The provider's id. It may be none of the present ones.
    provider: String,
    /// The address it had when it was linked.
    email: Option<String>,
    /// Since when.
    linked_at: DateTime<Utc>,
    /// When somebody signed in by it last.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<domain::identity::Identity> for LinkedIdentity {
    fn from(identity: domain::identity::Identity) -> Self {
        Self {
            id: identity.id.to_string().into(),
            provider: identity.provider,
            email: identity.email,
            linked_at: identity.linked_at,
            last_used_at: identity.last_used_at,
        }
    }
}

/// What a browser came back with from a provider.
#[derive(InputObject)]
struct ProviderProofInput {
    /// What stands behind `#code=`. It works once, for two minutes.
    code: String,
    /// What the `code_challenge` was made of: only who set out can come in.
    verifier: String,
    /// A code of the second factor, to link a provider to an account that has one.
    second_factor_code: Option<String>,
}

#[derive(Default)]
pub(super) struct ProviderQuery;

#[Object]
impl ProviderQuery {
    /// Where people can prove who they are, besides by a password.
    async fn identity_providers(&self, context: &Context<'_>) -> Vec<IdentityProvider> {
        let providers = &use_cases(context).providers.list;
        let listed = |id: &str, name: &str| IdentityProvider { id: id.to_owned(), name: name.to_owned(), start_url: providers.start_url(id) };
        providers.list.iter().map(|provider| listed(provider.id(), provider.name())).collect()
    }

    /// By which identities of providers the viewer can sign in, oldest first.
    #[graphql(directive = authenticated::apply())]
    async fn linked_identities(&self, context: &Context<'_>) -> Result<Vec<LinkedIdentity>, Error> {
        let linked = use_cases(context).providers.link.list(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(linked.into_iter().map(LinkedIdentity::from).collect())
    }
}

#[derive(Default)]
pub(super) struct ProviderMutation;

#[Object]
impl ProviderMutation {
    /// Signs in by what a browser brought back from a provider. Who is new gets an account; who has one already signs in to it and links
    /// the provider there, for no address opens an account.
    async fn sign_in_with_provider(&self, context: &Context<'_>, #[graphql(desc = "The proof.")] input: ProviderProofInput) -> Result<SignInResult, Error> {
        let entered = use_cases(context).providers.sign_in.run(&caller(context), &input.code, &input.verifier).await;
        entered.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Lets the viewer sign in by what a browser brought back from a provider.
    #[graphql(directive = authenticated::apply())]
    async fn link_provider(&self, context: &Context<'_>, #[graphql(desc = "The proof.")] input: ProviderProofInput) -> Result<LinkedIdentity, Error> {
        let second = input.second_factor_code.as_deref();
        let linked = use_cases(context).providers.link.link(&caller(context), &input.code, &input.verifier, second).await;
        linked.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Lets nobody sign in by it any more. The last way into an account stays. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn unlink_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A linked identity's id.")] id: ID,
        #[graphql(desc = "A code of the second factor, where the account has one.")] second_factor_code: Option<String>,
    ) -> Result<bool, Error> {
        let id = parse_id("id", &id)?;
        let unlinked = use_cases(context).providers.link.unlink(&caller(context), id, second_factor_code.as_deref()).await;
        unlinked.map(|()| true).map_err(|error| graphql_error(&error))
    }
}
