//! Reading.

use async_graphql::{Context, Error, Object};
use platform::authenticated::authenticated;

use super::object::Preferences;
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct MyselfQuery;

#[Object]
impl MyselfQuery {
    /// What the viewer wants otherwise; what everybody begins with while they have changed nothing.
    #[graphql(directive = authenticated::apply())]
    async fn preferences(&self, context: &Context<'_>) -> Result<Preferences, Error> {
        use_cases(context).myself.preferences.find(&caller(context)).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
