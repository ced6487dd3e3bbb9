//! Reading.

use async_graphql::{Context, Error, ID, Object};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::object::{AccountDeletion, DataExport};
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct RightsQuery;

#[Object]
impl RightsQuery {
    /// The viewer's copies of all that is kept of them, newest first.
    #[graphql(directive = authenticated::apply())]
    async fn data_exports(&self, context: &Context<'_>) -> Result<Vec<DataExport>, Error> {
        let export_data = &use_cases(context).rights.export_data;
        let exports = export_data.list(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(exports.into_iter().map(|export| DataExport { url: export_data.address(&export), export }).collect())
    }

    /// The end of an account: by its id for whoever knows that, because who it was is nobody any more; without one, the viewer's.
    async fn account_deletion(&self, context: &Context<'_>, #[graphql(desc = "A deletion's id.")] id: Option<ID>) -> Result<Option<AccountDeletion>, Error> {
        let id = id.map(|id| parse_id("id", &id)).transpose()?;
        let found = use_cases(context).rights.delete_account.find(&caller(context), id).await.map_err(|error| graphql_error(&error))?;
        Ok(found.map(AccountDeletion::from))
    }
}
