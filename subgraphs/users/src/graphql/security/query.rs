//! Reading.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Error, ID, Object};
use kernel::Cursor;
use platform::authenticated::authenticated;
use platform::graphql::{connection, page_request, parse_id};

use super::object::{AuditEntry, Session};
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct SecurityQuery;

#[Object]
impl SecurityQuery {
    /// The devices that the viewer is signed in with, last used first.
    #[graphql(directive = authenticated::apply())]
    async fn sessions(&self, context: &Context<'_>) -> Result<Vec<Session>, Error> {
        let sessions = use_cases(context).list_sessions.run(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(sessions.into_iter().map(Session::from).collect())
    }

    /// Who did what to an account, newest first: to one's own, for admins to anybody's, and without `userId` to all.
    #[graphql(directive = authenticated::apply())]
    async fn audit_trail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "On whose account; for admins only, all when left out.")] user_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, AuditEntry, EmptyFields, EmptyFields>, Error> {
        let user_id = user_id.map(|id| parse_id("userId", &id)).transpose()?;
        let page = page_request(first, after, None, None)?;
        let page = use_cases(context).read_audit.run(&caller(context), user_id, &page).await.map_err(|error| graphql_error(&error))?;
        Ok(connection(page.map(AuditEntry::from), |entry| Cursor::encode(&entry.entry_id)))
    }
}
