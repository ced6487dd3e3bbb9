//! Providers of identities, and keeping whose identities open which accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::{IdentityId, UserId};
use url::Url;

use crate::application::record::Record;
use crate::domain::identity::{CodeChallenge, ForeignIdentity, Identity};
use crate::domain::user::User;

/// What a sign-in at a provider is begun with; all of it fresh.
#[derive(Debug, Clone)]
pub struct Begin<'a> {
    /// Comes back with the browser.
    pub state: &'a str,
    /// Comes back in the ID token, where the provider makes one.
    pub nonce: &'a str,
    /// The secret of PKCE, of which the provider first gets the hash.
    pub pkce_verifier: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a str,
}

/// What a browser came back with, and what it was begun with.
#[derive(Debug, Clone)]
pub struct Returned<'a> {
    /// To be traded for who it is.
    pub code: &'a str,
    /// As at the beginning.
    pub begin: Begin<'a>,
    /// Who says so, where the provider tells (RFC 9207).
    pub issuer: Option<&'a str>,
}

/// Why a provider's answer does not tell who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// It said no, or its answer proves nothing: a wrong signature, nonce, audience or issuer, or a used code. For the log.
    #[error("the provider's answer proves nothing: {0}")]
    Refused(String),
    /// It cannot be reached, or does not speak the protocol.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A provider of identities.
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// Its name in addresses and in the store.
    fn id(&self) -> &str;

    /// Its name for people.
    fn name(&self) -> &str;

    /// Where a browser signs in.
    async fn authorize_url(&self, begin: &Begin<'_>) -> Result<Url, PortError>;

    /// Who has signed in there. Believes nothing that is not signed by the provider, or got from it over its own connection.
    async fn identify(&self, returned: &Returned<'_>) -> Result<ForeignIdentity, IdentifyError>;
}

/// Keeps sign-ins that came back from a provider until the front end ends them.
#[async_trait]
pub trait FlowRepository: Send + Sync + 'static {
    /// Uses up the `state` of a sign-in, by its hash; `false` when it was used before. Of several concurrent calls one gets `true`.
    async fn use_state(&self, state_hash: &str, expires_at: DateTime<Utc>) -> Result<bool, PortError>;

    /// Keeps who it was under `code_hash`.
    async fn keep(&self, code_hash: &str, challenge: &CodeChallenge, identity: &ForeignIdentity, expires_at: DateTime<Utc>) -> Result<(), PortError>;

    /// Takes it out; of several concurrent calls one gets it.
    async fn take(&self, code_hash: &str, now: DateTime<Utc>) -> Result<Option<(CodeChallenge, ForeignIdentity)>, PortError>;

    /// Forgets what expired by `now`.
    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError>;
}

/// What became of the wish to unlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// It opens the account no more.
    Yes,
    /// The account has no such identity.
    NotFound,
    /// The account has no password and no other identity: nobody could sign in any more.
    LastWayIn,
}

/// Keeps identities. Every change is one transaction, with its record.
#[async_trait]
pub trait IdentityRepository: Send + Sync + 'static {
    /// The one that a provider's subject opens an account by.
    async fn find(&self, provider: &str, subject: &str) -> Result<Option<Identity>, PortError>;

    /// Those of an account, oldest first.
    async fn of(&self, user_id: UserId) -> Result<Vec<Identity>, PortError>;

    /// Adds an account without a password, opened by `identity`, and begins its registration. Conflicts as when a user is added, and over the identity.
    async fn add_user(&self, user: &User, identity: &Identity, record: &Record) -> Result<(), PortError>;

    /// Adds an identity to an account; `Conflict` when it opens one already.
    async fn link(&self, identity: &Identity, record: &Record) -> Result<(), PortError>;

    /// Removes one of an account's, unless it is the last way in; several at once count as one after the other.
    async fn unlink(&self, user_id: UserId, id: IdentityId, record: &Record) -> Result<Unlinked, PortError>;

    /// Notes that somebody signed in by it.
    async fn used(&self, id: IdentityId, now: DateTime<Utc>) -> Result<(), PortError>;
}
