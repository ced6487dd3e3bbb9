//! What this context needs from the outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{SessionId, UserId};
use kernel::{Event, PortError, Role};

use crate::domain::login::Login;
use crate::domain::password::{Password, PasswordHash};
use crate::domain::profile::ProfileEdit;
use crate::domain::session::{RefreshToken, Session, TokenHash};
use crate::domain::signing_key::SigningKey;
use crate::domain::user::User;
use crate::domain::username::Username;

/// An account and what proves that it is yours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The account.
    pub user: User,
    /// Its password; none when it is entered another way.
    pub password: Option<PasswordHash>,
}

/// The constraint of a [`PortError::Conflict`] over a username.
pub const USERNAME_TAKEN: &str = "username";
/// The constraint of a [`PortError::Conflict`] over a mail address.
pub const EMAIL_TAKEN: &str = "email";

/// Keeps accounts. Every change is one transaction, with its events.
#[async_trait]
pub trait UserRepository: Send + Sync + 'static {
    /// Adds an account. Of several with one username or one address, one is added; the others get `Conflict` with
    /// [`USERNAME_TAKEN`] or [`EMAIL_TAKEN`].
    async fn add(&self, user: &User, password: &PasswordHash, events: &[Event]) -> Result<(), PortError>;

    /// Those of `ids` that exist, in no order; one statement however many.
    async fn find(&self, ids: &[UserId]) -> Result<Vec<User>, PortError>;

    /// The account of that name.
    async fn find_by_username(&self, username: &Username) -> Result<Option<User>, PortError>;

    /// The account of that name, with its password.
    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, PortError>;

    /// Changes what `edit` says and nothing else; the account afterwards, or `NotFound`.
    async fn edit_profile(&self, id: UserId, edit: &ProfileEdit) -> Result<User, PortError>;

    /// Changes the role; the account afterwards, or `NotFound`.
    async fn set_role(&self, id: UserId, role: Role) -> Result<User, PortError>;
}

/// What became of a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// It was good; it is used up now and the next one took its place.
    Rotated(Session),
    /// It had been used before: a copy is about. The session has ended.
    Reused(Session),
    /// Unknown, too old, or of a session that has ended.
    Refused,
}

/// Keeps sessions and their refresh tokens. Every change is one transaction.
#[async_trait]
pub trait SessionRepository: Send + Sync + 'static {
    /// Begins a session with its first token.
    async fn start(&self, session: &Session, token: &RefreshToken) -> Result<(), PortError>;

    /// Uses `presented` up and puts `next` in its place. Of several concurrent calls with one token, exactly one gets `Rotated`;
    /// every other is a reuse and ends the session.
    async fn rotate(&self, presented: &TokenHash, next: &RefreshToken, now: DateTime<Utc>) -> Result<Rotation, PortError>;

    /// Uses all tokens of a running session up and puts `next` in their place; `false` when the session has ended or never was.
    async fn replace_token(&self, id: SessionId, next: &RefreshToken, now: DateTime<Utc>) -> Result<bool, PortError>;

    /// Whether the session exists and has not ended.
    async fn is_running(&self, id: SessionId) -> Result<bool, PortError>;

    /// Ends a session; `false` when it had ended already or never was.
    async fn end(&self, id: SessionId, now: DateTime<Utc>) -> Result<bool, PortError>;

    /// Forgets the tokens that have expired by `now`, and the sessions that have none left: nothing can renew them any more.
    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError>;
}

/// Keeps the installation's keys. The database protects the private halves: who can read it can sign in as anybody.
#[async_trait]
pub trait SigningKeyRepository: Send + Sync + 'static {
    /// All keys that have not expired by `now`.
    async fn published(&self, now: DateTime<Utc>) -> Result<Vec<SigningKey>, PortError>;

    /// Adds a key, and forgets those expired by `now`.
    async fn add(&self, key: &SigningKey, now: DateTime<Utc>) -> Result<(), PortError>;
}

/// Hashes passwords, slowly on purpose. Does not block the caller's thread, and does not let a crowd take all cores: who waits
/// too long for a turn gets `Unavailable`.
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// A salted hash; the same password never gives the same twice.
    async fn hash(&self, password: Password) -> Result<PasswordHash, PortError>;

    /// Whether `hash` is of `password`. Without a hash it is not, after the same work as with one: the time taken does not tell
    /// whether there is an account.
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, PortError>;
}

/// A signed statement of who somebody is, for some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token, as the client sends it.
    pub text: String,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
}

/// Makes access tokens that the gateway can verify on its own.
#[async_trait]
pub trait AccessTokens: Send + Sync + 'static {
    /// A token that begins now.
    async fn issue(&self, user_id: UserId, session_id: SessionId, role: Role) -> Result<AccessToken, PortError>;
}
