//! Changing accounts and sessions.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::entity::{Role, User};
use super::object::{RegisterInput, SignInInput, SignInPayload, UpdateProfileInput};
use super::second_factor::SignInResult;
use super::told::graphql_error;
use super::{caller, use_cases};

#[derive(Default)]
pub(super) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes an account and signs in.
    async fn register(&self, context: &Context<'_>, #[graphql(desc = "The account.")] input: RegisterInput) -> Result<SignInPayload, Error> {
        use_cases(context).register.run(&caller(context), input.into()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Signs in, or asks for the second factor where the account has one. The answer to an unknown account is the same as to a wrong
    /// password.
    async fn sign_in(&self, context: &Context<'_>, #[graphql(desc = "Who.")] input: SignInInput) -> Result<SignInResult, Error> {
        use_cases(context).sign_in.run(&caller(context), &input.login, &input.password).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Trades a refresh token for fresh tokens of the same session. Each works once: a second use, even a concurrent one, ends the
    /// session, because one of the two users may be a thief.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session's newest refresh token.")] refresh_token: String,
    ) -> Result<SignInPayload, Error> {
        use_cases(context).refresh_session.run(&caller(context), &refresh_token).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Ends the session that the access token belongs to: its refresh token works no more. True when it was still running.
    #[graphql(directive = authenticated::apply())]
    async fn sign_out(&self, context: &Context<'_>) -> Result<bool, Error> {
        use_cases(context).sign_out.run(&caller(context)).await.map_err(|error| graphql_error(&error))
    }

    /// Edits the viewer's profile.
    #[graphql(directive = authenticated::apply())]
    async fn update_profile(&self, context: &Context<'_>, #[graphql(desc = "The change.")] input: UpdateProfileInput) -> Result<User, Error> {
        use_cases(context).update_profile.run(&caller(context), input.into()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes the viewer, a USER, an ARTIST, and gives fresh tokens of the same session that say so. Other roles stay.
    #[graphql(directive = authenticated::apply())]
    async fn become_artist(&self, context: &Context<'_>) -> Result<SignInPayload, Error> {
        use_cases(context).become_artist.run(&caller(context)).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Sets what an account may do; for admins, and not on themselves. Takes effect with the account's next refresh.
    #[graphql(directive = authenticated::apply())]
    async fn set_user_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] user_id: ID,
        #[graphql(desc = "The role.")] role: Role,
    ) -> Result<User, Error> {
        let user_id = parse_id("userId", &user_id)?;
        use_cases(context).set_user_role.run(&caller(context), user_id, role.into()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes an account premium until a day to come, or not at all; for admins. Takes effect with the account's next refresh.
    #[graphql(directive = authenticated::apply())]
    async fn grant_premium(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose.")] user_id: ID,
        #[graphql(desc = "Until when, at most ten years; null: premium ends now.")] until: Option<DateTime<Utc>>,
        #[graphql(desc = "Why, for the audit: 1 to 500 characters.")] reason: String,
    ) -> Result<User, Error> {
        let user_id = parse_id("userId", &user_id)?;
        let granted = use_cases(context).grant_premium.run(&caller(context), user_id, until, &reason).await;
        granted.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
