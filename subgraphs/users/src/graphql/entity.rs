//! The entity `User`.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};
use platform::cache_control::{CacheControlScope, cache_control};
use platform::graphql::viewer;

use super::myself::Avatar;
use super::rights::Registration;
use super::told::graphql_error;
use super::use_cases;
use crate::domain;
use crate::domain::profile::Bio;

/// How long what others see of an account may be kept, in seconds.
const FRESH_SECS: i32 = 60;

/// What an account may do beyond listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::Role")]
pub(super) enum Role {
    /// Listens.
    User,
    /// Publishes under own artist profiles.
    Artist,
    /// Runs the service: may edit everything.
    Admin,
}

/// A person's account.
pub(super) struct User {
    user: domain::user::User,
    /// Whether this answers the very person, who was nobody when the request came.
    own: bool,
}

impl User {
    /// The account of the one who just proved that it is theirs.
    pub(super) const fn own(user: domain::user::User) -> Self {
        Self { user, own: true }
    }

    /// Whether the viewer may see what is for the person and admins only.
    fn is_visible_to(&self, context: &Context<'_>) -> bool {
        self.own || viewer(context).require_owner(self.user.id).is_ok()
    }
}

impl From<domain::user::User> for User {
    fn from(user: domain::user::User) -> Self {
        Self { user, own: false }
    }
}

/// A person's account.
#[Object(directive = cache_control::apply(Some(FRESH_SECS), None, None), requires_scopes = "profiles:read")]
impl User {
    /// The id: opaque, never reused.
    #[graphql(tag = "partner")]
    async fn id(&self) -> ID {
        self.user.id.to_string().into()
    }

    /// The unique name, of the letters a to z, digits and underscores.
    #[graphql(tag = "partner")]
    async fn username(&self) -> &str {
        self.user.username.as_str()
    }

    /// The name to show: the one the person chose, or the username.
    #[graphql(tag = "partner")]
    async fn display_name(&self) -> &str {
        self.user.shown_name()
    }

    /// The person's words about themselves.
    #[graphql(tag = "partner")]
    async fn bio(&self) -> Option<&str> {
        self.user.bio.as_ref().map(Bio::as_str)
    }

    /// The picture the person shows of themselves.
    #[graphql(tag = "partner")]
    async fn avatar(&self) -> Option<Avatar> {
        self.user.avatar_id.map(Avatar)
    }

    /// What the account may do.
    async fn role(&self) -> Role {
        self.user.role.into()
    }

    /// When the account was made.
    #[graphql(tag = "partner")]
    async fn created_at(&self) -> DateTime<Utc> {
        self.user.created_at
    }

    /// Whether the person has proved that they read the mail of their address; null for everybody but themselves and admins.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn email_verified(&self, context: &Context<'_>) -> Option<bool> {
        self.is_visible_to(context).then(|| self.user.email_verified_at.is_some())
    }

    /// Since when nobody may sign in to the account; null when it is open, and for everybody but the person and admins.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn suspended_at(&self, context: &Context<'_>) -> Option<DateTime<Utc>> {
        self.user.suspended_at.filter(|_| self.is_visible_to(context))
    }

    /// How the person's registration comes along; null for everybody but themselves and admins, and for old accounts.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn registration(&self, context: &Context<'_>) -> Result<Option<Registration>, Error> {
        if !self.is_visible_to(context) {
            return Ok(None);
        }
        let registration = use_cases(context).rights.complete_registration.find(self.user.id).await.map_err(|error| graphql_error(&error))?;
        Ok(registration.map(Registration::from))
    }

    /// Until when the account is premium; null when it is not, and for everybody but the person and admins.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn premium_until(&self, context: &Context<'_>) -> Option<DateTime<Utc>> {
        use_cases(context).grant_premium.until(&self.user).filter(|_| self.is_visible_to(context))
    }

    /// Where the person gets mail; null for everybody but themselves and admins.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
    async fn email(&self, context: &Context<'_>) -> Option<&str> {
        self.is_visible_to(context).then(|| self.user.email.as_str())
    }
}
