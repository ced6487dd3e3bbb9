//! Changing.

use async_graphql::{Context, Error, Object};
use platform::authenticated::authenticated;
use platform::upload::Upload;

use super::object::{Preferences, UpdatePreferencesInput};
use crate::graphql::entity::User;
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct MyselfMutation;

#[Object]
impl MyselfMutation {
    /// Changes the viewer's preferences, on all their devices.
    #[graphql(directive = authenticated::apply())]
    async fn update_preferences(&self, context: &Context<'_>, #[graphql(desc = "The change.")] input: UpdatePreferencesInput) -> Result<Preferences, Error> {
        let updated = use_cases(context).myself.preferences.update(&caller(context), input.try_into()?).await;
        updated.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes a JPEG or PNG picture of at most 2 MiB and 4096 pixels a side what the viewer shows of themselves, in place of any earlier
    /// one. What the file tells besides, such as where it was taken, is left out.
    #[graphql(directive = authenticated::apply())]
    async fn upload_avatar(&self, context: &Context<'_>, #[graphql(desc = "The picture.")] file: Upload) -> Result<User, Error> {
        use_cases(context).myself.avatars.upload(&caller(context), &file.bytes).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Takes the viewer's picture away. Doing it again changes nothing.
    #[graphql(directive = authenticated::apply())]
    async fn delete_avatar(&self, context: &Context<'_>) -> Result<User, Error> {
        use_cases(context).myself.avatars.delete(&caller(context)).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
