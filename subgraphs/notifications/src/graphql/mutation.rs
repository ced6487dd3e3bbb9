//! Changing.

use async_graphql::{Context, Error, ID, Object};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, parse_id, viewer};

use super::use_cases;

pub(super) struct Mutation;

#[Object]
impl Mutation {
    /// Tries a mail again that was given up; for admins. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn retry_mail(&self, context: &Context<'_>, #[graphql(desc = "An undelivered mail's id.")] id: ID) -> Result<bool, Error> {
        let id = parse_id("id", &id)?;
        use_cases(context).retry_mail.run(viewer(context), id).await.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Forgets a mail that was given up; for admins. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn discard_mail(&self, context: &Context<'_>, #[graphql(desc = "An undelivered mail's id.")] id: ID) -> Result<bool, Error> {
        let id = parse_id("id", &id)?;
        use_cases(context).discard_mail.run(viewer(context), id).await.map(|()| true).map_err(|error| graphql_error(&error))
    }
}
