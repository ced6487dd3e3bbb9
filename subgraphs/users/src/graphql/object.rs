//! Inputs and payloads.

use async_graphql::{InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use platform::graphql::edit;

use super::entity::User;
use crate::application::create_account::NewAccount;
use crate::application::open_session::SignedIn;
use crate::application::update_profile::ProfileWish;

/// A new account.
#[derive(InputObject)]
pub(super) struct RegisterInput {
    /// The unique name others see: 3 to 30 characters of the letters a to z, digits and underscores, in any case.
    username: String,
    /// Where the person gets mail; unique in any case.
    email: String,
    /// 8 to 128 characters, not easily guessed by who knows the other fields.
    password: String,
    /// The name to show, at most 80 characters; without one, the username is shown.
    display_name: Option<String>,
}

impl From<RegisterInput> for NewAccount {
    fn from(input: RegisterInput) -> Self {
        // Nobody gives themselves a role.
        Self {
            username: input.username,
            email: input.email,
            password: input.password,
            display_name: input.display_name,
            role: kernel::Role::User,
            vouched_for: false,
        }
    }
}

/// Who wants to sign in.
#[derive(InputObject)]
pub(super) struct SignInInput {
    /// The username or the e-mail address.
    pub(super) login: String,
    /// The password.
    pub(super) password: String,
}

/// A change of one's own profile. A field that is left out stays; null or a blank text clears it.
#[derive(InputObject)]
pub(super) struct UpdateProfileInput {
    /// The name to show, at most 80 characters.
    display_name: MaybeUndefined<String>,
    /// A few words about oneself, at most 500 characters.
    bio: MaybeUndefined<String>,
}

impl From<UpdateProfileInput> for ProfileWish {
    fn from(input: UpdateProfileInput) -> Self {
        Self { display_name: edit(input.display_name), bio: edit(input.bio) }
    }
}

/// What a client keeps after signing in.
#[derive(SimpleObject)]
pub(super) struct SignInPayload {
    /// Goes into the header `Authorization: Bearer …` of every request.
    access_token: String,
    /// When the access token ends; renew it before.
    access_token_expires_at: DateTime<Utc>,
    /// Renews the session, once; each renewal brings the next. Renew one at a time: a second use ends the session.
    refresh_token: String,
    /// When the refresh token ends, unless it is used.
    refresh_token_expires_at: DateTime<Utc>,
    /// Whose session it is.
    user: User,
}

impl From<SignedIn> for SignInPayload {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.text,
            access_token_expires_at: signed_in.access_token.expires_at,
            refresh_token: signed_in.refresh_token.as_str().to_owned(),
            refresh_token_expires_at: signed_in.refresh_token_expires_at,
            user: User::own(signed_in.user),
        }
    }
}
