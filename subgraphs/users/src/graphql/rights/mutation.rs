//! Changing.

use async_graphql::{Context, Error, Object};
use kernel::InvalidField;
use platform::authenticated::authenticated;

use super::object::{AccountDeletion, DataExport, FreshSignInInput};
use crate::application::prove_again::First;
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct RightsMutation;

#[Object]
impl RightsMutation {
    /// Asks for a copy of all that is kept of the viewer. While one is in the making, that one is given.
    #[graphql(directive = authenticated::apply())]
    async fn request_data_export(&self, context: &Context<'_>) -> Result<DataExport, Error> {
        let export_data = &use_cases(context).rights.export_data;
        let export = export_data.request(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(DataExport { url: export_data.address(&export), export })
    }

    /// Ends the viewer's account when the time to think it over has passed: everything that is kept of them is erased, and what an artist
    /// published is withdrawn. Asking again gives the deletion that is there.
    #[graphql(directive = authenticated::apply())]
    async fn delete_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password, once more; or `provider`.")] password: Option<String>,
        #[graphql(desc = "A code of the second factor, where the account has one.")] code: Option<String>,
        #[graphql(desc = "A fresh sign-in at a linked provider, for accounts without a password.")] provider: Option<FreshSignInInput>,
    ) -> Result<AccountDeletion, Error> {
        let first = match (&password, &provider) {
            (Some(password), None) => First::Password(password),
            (None, Some(fresh)) => First::Provider { code: &fresh.code, verifier: &fresh.verifier },
            _ => return Err(graphql_error(&InvalidField::new("password", "or a fresh sign-in at a linked provider is needed: one of the two"))),
        };
        let requested = use_cases(context).rights.delete_account.request(&caller(context), first, code.as_deref()).await;
        requested.map(AccountDeletion::from).map_err(|error| graphql_error(&error))
    }

    /// Keeps the viewer's account after all. False when no deletion was to come.
    #[graphql(directive = authenticated::apply())]
    async fn cancel_account_deletion(&self, context: &Context<'_>) -> Result<bool, Error> {
        use_cases(context).rights.delete_account.cancel(&caller(context)).await.map_err(|error| graphql_error(&error))
    }
}
