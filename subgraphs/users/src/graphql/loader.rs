//! Batches lookups: all references of one operation to accounts become one statement.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Error};
use kernel::PortError;
use kernel::id::UserId;
use platform::data_loader::DataLoader;

use super::told::graphql_error;
use crate::application::find_user::FindUser;
use crate::domain::user::User;

pub(super) struct UserLoader {
    find_user: FindUser,
}

impl UserLoader {
    pub(super) const fn new(find_user: FindUser) -> Self {
        Self { find_user }
    }
}

impl Loader<UserId> for UserLoader {
    type Value = User;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[UserId]) -> Result<HashMap<UserId, User>, Self::Error> {
        Ok(self.find_user.by_ids(keys).await?)
    }
}

/// The account `id`, if there is one.
pub(super) async fn load(context: &Context<'_>, id: UserId) -> Result<Option<User>, Error> {
    context.data_unchecked::<DataLoader<UserLoader>>().load_one(id).await.map_err(|error| graphql_error(&*error))
}
