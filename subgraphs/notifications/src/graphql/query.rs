//! Reading.

use async_graphql::{Context, Error, Object};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, viewer};

use super::object::UndeliveredMail;
use super::use_cases;

pub(super) struct Query;

#[Object]
impl Query {
    /// Mail that was given up, newest first, at most a hundred; for admins.
    #[graphql(directive = authenticated::apply())]
    async fn undelivered_mail(&self, context: &Context<'_>) -> Result<Vec<UndeliveredMail>, Error> {
        let dead = use_cases(context).list_undelivered.run(viewer(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(dead.into_iter().map(UndeliveredMail::from).collect())
    }
}
