//! What this context needs from the outside.

pub mod api_key;
pub mod avatar;
pub mod identity;
pub mod organisation;
pub mod preferences;
pub mod second_factor;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::event::EventFactory;
use kernel::id::{AuditEntryId, SessionId, TicketId, UserId};
use kernel::{PortError, Role};
use uuid::Uuid;

use super::record::Record;
use crate::domain::audit::AuditEntry;
use crate::domain::email::Email;
use crate::domain::login::Login;
use crate::domain::password::{Password, PasswordHash};
use crate::domain::profile::ProfileEdit;
use crate::domain::session::{RefreshToken, Session, TokenHash};
use crate::domain::signing_key::SigningKey;
use crate::domain::throttle::Gate;
use crate::domain::ticket::Ticket;
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

/// The constraint of a [`PortError::Conflict`] over a name that looks like another.
pub const USERNAME_ALIKE: &str = "skeleton";

/// A new password.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Whose.
    pub user_id: UserId,
    /// The password.
    pub hash: PasswordHash,
    /// When it was chosen.
    pub now: DateTime<Utc>,
    /// The ticket that allows it and is used up by it, when one is needed.
    pub ticket: Option<TicketId>,
}

/// Which of somebody's sessions end, and how others are told.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// This one goes on.
    pub keep: Option<SessionId>,
    /// Envelopes for `session.ended`, one for each.
    pub events: &'a EventFactory,
}

/// Keeps accounts. Every change is one transaction, with its record.
#[async_trait]
pub trait UserRepository: Send + Sync + 'static {
    /// Adds an account, and begins its registration. Of several with one username or one proved address, one is added; the others get `Conflict` with
    /// [`USERNAME_TAKEN`] or [`USERNAME_ALIKE`] (which both hold for the very same name) or [`EMAIL_TAKEN`].
    async fn add(&self, user: &User, password: &PasswordHash, record: &Record) -> Result<(), PortError>;

    /// Those of `ids` that exist, in no order; one statement however many.
    async fn find(&self, ids: &[UserId]) -> Result<Vec<User>, PortError>;

    /// The account of that name.
    async fn find_by_username(&self, username: &Username) -> Result<Option<User>, PortError>;

    /// The account of that name, with its password. An address names the account whose person has proved it.
    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, PortError>;

    /// Accounts that name this address and have not proved it, newest first.
    async fn unproved_with(&self, email: &Email, limit: u64) -> Result<Vec<User>, PortError>;

    /// The account with its password.
    async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>, PortError>;

    /// Sets a password and ends sessions; `false`, and nothing done, when the ticket is not good any more.
    async fn set_password(&self, password: &NewPassword, ending: Ending<'_>, record: &Record) -> Result<bool, PortError>;

    /// Shuts the account since `since` and ends all its sessions, or opens it again; the account afterwards, or `NotFound`.
    async fn set_suspended(&self, id: UserId, since: Option<DateTime<Utc>>, ending: Ending<'_>, record: &Record) -> Result<User, PortError>;

    /// Changes what `edit` says and nothing else; the account afterwards, or `NotFound`.
    async fn edit_profile(&self, id: UserId, edit: &ProfileEdit) -> Result<User, PortError>;

    /// Changes the role; the account afterwards, or `NotFound`.
    async fn set_role(&self, id: UserId, role: Role, record: &Record) -> Result<User, PortError>;

    /// Changes until when it is premium; the account afterwards, or `NotFound`.
    async fn set_premium(&self, id: UserId, until: Option<DateTime<Utc>>, record: &Record) -> Result<User, PortError>;
}

/// What became of a consent to another address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// The ticket is not good any more.
    Refused,
    /// The other address has not consented yet.
    Waiting,
    /// Both have; the account has the address now.
    Changed,
}

/// Keeps tickets. Every change is one transaction, with its record.
#[async_trait]
pub trait TicketRepository: Send + Sync + 'static {
    /// Adds tickets in place of what the account had for their purposes.
    async fn issue(&self, tickets: &[Ticket], record: &Record) -> Result<(), PortError>;

    /// The ticket, while it is good.
    async fn find(&self, id: TicketId, now: DateTime<Utc>) -> Result<Option<Ticket>, PortError>;

    /// Uses the ticket up and notes that its address was proved, if it is still the account's and nobody else has proved it; `false`
    /// when that is not so any more. Of several concurrent calls one gets `true`.
    async fn prove_email(&self, ticket: &Ticket, now: DateTime<Utc>, record: &Record) -> Result<bool, PortError>;

    /// Uses the ticket up, and when that was the last of its group changes the account's address and stores `record`. `Conflict` with
    /// [`EMAIL_TAKEN`] when somebody else has it by now.
    async fn consent_to_email(&self, ticket: &Ticket, now: DateTime<Utc>, record: &Record) -> Result<Consent, PortError>;

    /// Notes that somebody who calls themself `login` has forgotten their password. Takes the same time for everybody: who that is, is
    /// found out later.
    async fn note_forgotten(&self, id: Uuid, login: &str, now: DateTime<Utc>) -> Result<(), PortError>;

    /// The oldest of those notes.
    async fn forgotten(&self, limit: u64) -> Result<Vec<(Uuid, String)>, PortError>;

    /// Drops a note.
    async fn drop_forgotten(&self, id: Uuid) -> Result<(), PortError>;

    /// Forgets tickets that expired by `now`.
    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError>;
}

/// Counts attempts. Every call is one transaction; concurrent ones count as if one after the other.
#[async_trait]
pub trait AttemptLog: Send + Sync + 'static {
    /// Counts an attempt at all `gates`, unless one is shut: then at none, and the answer is when all are open.
    async fn attempt(&self, gates: &[Gate], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PortError>;

    /// The last attempt succeeded: opens gates fully or takes that attempt back, as each says.
    async fn succeeded(&self, gates: &[Gate]) -> Result<(), PortError>;

    /// Forgets what was last attempted before `before`.
    async fn forget_before(&self, before: DateTime<Utc>) -> Result<(), PortError>;
}

/// The audit. It is written by the changes themselves, but for those in other contexts, and nothing alters or removes a line.
#[async_trait]
pub trait AuditLog: Send + Sync + 'static {
    /// Up to `limit` lines, newest first, older than `before` where it is given; about one account where one is given.
    async fn entries(&self, user_id: Option<UserId>, before: Option<AuditEntryId>, limit: u64) -> Result<Vec<AuditEntry>, PortError>;

    /// Notes and tells what was done in another context, as its event `cause` tells; the same event once.
    async fn note_once(&self, cause: uuid::Uuid, record: &Record) -> Result<(), PortError>;
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

/// What a session remembers of its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub now: DateTime<Utc>,
    /// From which address.
    pub address: Option<String>,
    /// With which program.
    pub device: Option<String>,
}

/// Keeps sessions and their refresh tokens. Every change is one transaction.
#[async_trait]
pub trait SessionRepository: Send + Sync + 'static {
    /// Begins a session with its first token, and stores `record`.
    async fn start(&self, session: &Session, token: &RefreshToken, record: &Record) -> Result<(), PortError>;

    /// The last sessions of an account that are remembered, ended ones too: from where and with what.
    async fn remembered(&self, user_id: UserId) -> Result<Vec<Session>, PortError>;

    /// Uses `presented` up and puts `next` in its place. Of several concurrent calls with one token, exactly one gets `Rotated`;
    /// every other is a reuse and ends the session. `seen` is what the session remembers of this use.
    async fn rotate(&self, presented: &TokenHash, next: &RefreshToken, seen: &Seen, events: &EventFactory) -> Result<Rotation, PortError>;

    /// Uses all tokens of a running session up and puts `next` in their place; `false` when the session has ended or never was.
    async fn replace_token(&self, id: SessionId, next: &RefreshToken, now: DateTime<Utc>) -> Result<bool, PortError>;

    /// Whether the session exists and has not ended.
    async fn is_running(&self, id: SessionId) -> Result<bool, PortError>;

    /// The running sessions of an account, last used first.
    async fn running_of(&self, user_id: UserId, now: DateTime<Utc>) -> Result<Vec<Session>, PortError>;

    /// Ends a session of an account and stores `record`; `false` when it had ended already, never was, or is somebody else's.
    async fn end(&self, user_id: UserId, id: SessionId, now: DateTime<Utc>, events: &EventFactory, record: &Record) -> Result<bool, PortError>;

    /// Ends the sessions of an account and stores `record`; how many.
    async fn end_all(&self, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>, record: &Record) -> Result<u64, PortError>;

    /// The sessions that ended before their time since `since`, with when.
    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError>;

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
    async fn issue(&self, user: &User, session_id: SessionId) -> Result<AccessToken, PortError>;
}
