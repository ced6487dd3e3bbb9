//! Changing.

use async_graphql::{Context, Error, ID, Object};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::object::{ChangePasswordInput, EmailChangeState, RequestEmailChangeInput, ResetPasswordInput};
use crate::graphql::entity::User;
use crate::graphql::told::graphql_error;
use crate::graphql::{caller, use_cases};

#[derive(Default)]
pub(crate) struct SecurityMutation;

#[Object]
impl SecurityMutation {
    /// Proves that one reads the mail of one's address, by the token that the link of a mail carries. Works once, signed in or not.
    /// Always true.
    async fn verify_email(&self, context: &Context<'_>, #[graphql(desc = "What the link carries.")] token: String) -> Result<bool, Error> {
        use_cases(context).verify_email.run(&caller(context), &token).await.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Sends the mail again that proves the viewer's address. False when it is proved already.
    #[graphql(directive = authenticated::apply())]
    async fn request_email_verification(&self, context: &Context<'_>) -> Result<bool, Error> {
        use_cases(context).request_email_verification.run(&caller(context)).await.map_err(|error| graphql_error(&error))
    }

    /// Sends a mail to whom the login names, if anybody, with a link to choose a new password: it works once, for 30 minutes. Always
    /// true, whether there is such an account or not.
    async fn request_password_reset(&self, context: &Context<'_>, #[graphql(desc = "A username or e-mail address.")] login: String) -> Result<bool, Error> {
        use_cases(context).request_password_reset.run(&caller(context), &login).await.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Chooses a new password by the token of such a link, and signs every device out. Always true.
    async fn reset_password(&self, context: &Context<'_>, #[graphql(desc = "The password.")] input: ResetPasswordInput) -> Result<bool, Error> {
        let reset = use_cases(context).reset_password.run(&caller(context), &input.token, &input.password).await;
        reset.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Changes the viewer's password and signs every other device out. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn change_password(&self, context: &Context<'_>, #[graphql(desc = "The passwords.")] input: ChangePasswordInput) -> Result<bool, Error> {
        let changed = use_cases(context).change_password.run(&caller(context), &input.current_password, &input.new_password, input.code.as_deref()).await;
        changed.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Sends a mail to the viewer's address and to the one to change to; when both links have been followed, it changes. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn request_email_change(&self, context: &Context<'_>, #[graphql(desc = "The address.")] input: RequestEmailChangeInput) -> Result<bool, Error> {
        let asked = use_cases(context).request_email_change.run(&caller(context), &input.email, &input.password, input.code.as_deref()).await;
        asked.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Agrees to the change of an address, for one of the two, by the token of its link.
    async fn confirm_email_change(&self, context: &Context<'_>, #[graphql(desc = "What the link carries.")] token: String) -> Result<EmailChangeState, Error> {
        let changed = use_cases(context).confirm_email_change.run(&caller(context), &token).await.map_err(|error| graphql_error(&error))?;
        Ok(if changed { EmailChangeState::Changed } else { EmailChangeState::WaitingForOther })
    }

    /// Signs one of the viewer's devices out: its tokens are refused within seconds. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn revoke_session(&self, context: &Context<'_>, #[graphql(desc = "A session's id.")] id: ID) -> Result<bool, Error> {
        let id = parse_id("id", &id)?;
        use_cases(context).revoke_sessions.one(&caller(context), id).await.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Signs all of the viewer's devices out, and says how many that were.
    #[graphql(directive = authenticated::apply())]
    async fn revoke_sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whether the one that asks is signed out too.", default = false)] including_this: bool,
    ) -> Result<u64, Error> {
        use_cases(context).revoke_sessions.all(&caller(context), including_this).await.map_err(|error| graphql_error(&error))
    }

    /// Shuts an account: every device is signed out within seconds, and nobody can sign in. For admins, and not on themselves.
    #[graphql(directive = authenticated::apply())]
    async fn suspend_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] user_id: ID,
        #[graphql(desc = "Why, for the audit: 1 to 500 characters.")] reason: String,
    ) -> Result<User, Error> {
        let user_id = parse_id("userId", &user_id)?;
        use_cases(context).suspend_user.suspend(&caller(context), user_id, &reason).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Opens an account again; for admins.
    #[graphql(directive = authenticated::apply())]
    async fn reinstate_user(&self, context: &Context<'_>, #[graphql(desc = "Whose.")] user_id: ID) -> Result<User, Error> {
        let user_id = parse_id("userId", &user_id)?;
        use_cases(context).suspend_user.reinstate(&caller(context), user_id).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
