//! Batches lookups: all users of one operation become a fixed number of statements.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Error};
use kernel::PortError;
use kernel::id::UserId;
use platform::data_loader::DataLoader;
use platform::graphql::graphql_error;

use crate::application::find_taste_profile::FindTasteProfile;
use crate::domain::taste_profile::TasteProfile;

pub(super) struct TasteProfileLoader {
    find_taste_profile: FindTasteProfile,
}

impl TasteProfileLoader {
    pub(super) const fn new(find_taste_profile: FindTasteProfile) -> Self {
        Self { find_taste_profile }
    }
}

impl Loader<UserId> for TasteProfileLoader {
    type Value = TasteProfile;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[UserId]) -> Result<HashMap<UserId, TasteProfile>, Self::Error> {
        Ok(self.find_taste_profile.by_users(keys).await?)
    }
}

/// The person's taste profile, if there is one.
pub(super) async fn load(context: &Context<'_>, user_id: UserId) -> Result<Option<TasteProfile>, Error> {
    context.data_unchecked::<DataLoader<TasteProfileLoader>>().load_one(user_id).await.map_err(|error| graphql_error(&*error))
}
