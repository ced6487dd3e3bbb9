//! What is pushed.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Subscription as Live};
use futures::{Stream, StreamExt as _};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::object::DataExport;
use crate::application::UseCases;
use crate::graphql::caller;
use crate::graphql::told::graphql_error;

#[derive(Default)]
pub(crate) struct RightsLive;

#[Live]
impl RightsLive {
    /// How a copy of the viewer's data comes along: first as it is, then each change, until it is ready.
    #[graphql(directive = authenticated::apply())]
    async fn data_export_progress(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which copy.")] id: ID,
    ) -> Result<impl Stream<Item = Result<DataExport, Error>> + use<>, Error> {
        let id = parse_id("id", &id)?;
        let use_cases = context.data_unchecked::<Arc<UseCases>>().clone();
        let changes = use_cases.rights.follow_export.run(&caller(context), id).await.map_err(|error| graphql_error(&error))?;
        Ok(changes.map(move |change| {
            let export = change.map_err(|error| graphql_error(&error))?;
            Ok(DataExport { url: use_cases.rights.export_data.address(&export), export })
        }))
    }
}
