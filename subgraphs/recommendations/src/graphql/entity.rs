//! The entities that recommendations add to.

use async_graphql::{Context, Error, ID, Object};
use kernel::id::{TrackId, UserId};
use platform::cache_control::{CacheControlScope, cache_control};
use platform::graphql::viewer;

use super::loader;
use super::object::TasteProfile;
use super::track::Track;

pub(super) struct Query;

#[Object]
impl Query {
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
