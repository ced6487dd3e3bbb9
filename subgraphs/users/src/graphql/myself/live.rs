//! What is pushed.

use async_graphql::{Context, Error, Subscription as Live};
use futures::{Stream, StreamExt as _};
use platform::authenticated::authenticated;

use super::object::Preferences;
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct MyselfLive;

#[Live]
impl MyselfLive {
    /// What the viewer wants otherwise: first as it is, then after each change on any of their devices.
    #[graphql(directive = authenticated::apply())]
    async fn preferences_changed(&self, context: &Context<'_>) -> Result<impl Stream<Item = Result<Preferences, Error>> + use<>, Error> {
        let changes = use_cases(context).myself.preferences.follow(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(changes.map(|change| change.map(Preferences::from).map_err(|error| graphql_error(&error))))
    }
}
