//! The entities that recommendations add to, and what admins read.

use async_graphql::{Context, Error, ID, Object};
use kernel::id::{TrackId, UserId};
use platform::authenticated::authenticated;
use platform::cache_control::{CacheControlScope, cache_control};
use platform::cost::list_size;
use platform::graphql::{graphql_error, viewer};

use super::embeddings::{EmbeddingRebuild, EmbeddingSpace};
use super::loader;
use super::object::TasteProfile;
use super::track::Track;
use super::use_cases;

pub(super) struct Query;

#[Object]
impl Query {
    /// What each model made of the catalogue, by name; for admins.
    #[graphql(directive = authenticated::apply(), directive = list_size::apply(vec![], vec![], 2, false))]
    async fn embedding_spaces(&self, context: &Context<'_>) -> Result<Vec<EmbeddingSpace>, Error> {
        let spaces = use_cases(context).read_embeddings.spaces(viewer(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(spaces.into_iter().map(EmbeddingSpace).collect())
    }

    /// The last rebuild of embeddings that was asked for; for admins.
    #[graphql(directive = authenticated::apply())]
    async fn embedding_rebuild(&self, context: &Context<'_>) -> Result<Option<EmbeddingRebuild>, Error> {
        let rebuild = use_cases(context).read_embeddings.rebuild(viewer(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(rebuild.map(EmbeddingRebuild))
    }

    /// A person's account; none for what is no user's id.
    #[graphql(entity)]
    async fn user_by_id(&self, #[graphql(desc = "The user.")] id: ID) -> Option<User> {
        id.parse().ok().map(|id: UserId| User { id })
    }

    /// A recording; none for what is no track's id.
    #[graphql(entity)]
    async fn track_by_id(&self, #[graphql(desc = "The track.")] id: ID) -> Option<Track> {
        id.parse().ok().map(|id: TrackId| Track { id })
    }
}

/// A person's account.
struct User {
    id: UserId,
}

/// A person's account.
#[Object]
impl User {
    /// The id: opaque, never reused.
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// What the person likes; null for everybody but themselves, and while the account is being made.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn taste_profile(&self, context: &Context<'_>) -> Result<Option<TasteProfile>, Error> {
        // Not for admins either: nobody's work needs it.
        if viewer(context).user_id() != Some(self.id) {
            return Ok(None);
        }
        Ok(loader::load(context, self.id).await?.map(TasteProfile::from))
    }
}
