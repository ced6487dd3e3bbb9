//! Reading accounts.

use async_graphql::{Context, Error, ID, Object};
use kernel::id::UserId;
use platform::graphql::{parse_id, viewer};

use super::entity::User;
use super::told::graphql_error;
use super::{loader, use_cases};

#[derive(Default)]
pub(super) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The signed-in person's account; null for nobody, and for an account that is gone.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        let Some(id) = viewer(context).user_id() else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(User::from))
    }

    /// The account with this id; null when there is none.
    #[graphql(tag = "partner")]
    async fn user(&self, context: &Context<'_>, #[graphql(desc = "A user's id.")] id: ID) -> Result<Option<User>, Error> {
        let id = parse_id("id", &id)?;
        Ok(loader::load(context, id).await?.map(User::from))
    }

    /// The account of this name, in any case; null when there is none.
    #[graphql(tag = "partner")]
    async fn user_by_name(&self, context: &Context<'_>, #[graphql(desc = "A username.")] username: String) -> Result<Option<User>, Error> {
        let user = use_cases(context).find_user.by_username(&username).await.map_err(|error| graphql_error(&error))?;
        Ok(user.map(User::from))
    }

    #[graphql(entity)]
    async fn find_user_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<User>, Error> {
        // A reference that is no id names nobody; an error would take the other references of the fetch with it.
        let Ok(id) = id.parse::<UserId>() else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(User::from))
    }
}
