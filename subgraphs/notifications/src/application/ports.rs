//! What this context needs from the outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{MailId, UserId};
use kernel::{Event, PortError};
use uuid::Uuid;

use crate::domain::mail::{DeadMail, Mail};
use crate::domain::recipient::Recipient;

/// Keeps mail until it is delivered or given up. Every change is one transaction.
#[async_trait]
pub trait MailQueue: Send + Sync + 'static {
    /// Queues a mail, due at once, for an event, and tells `told`; nothing when the event was seen before.
    async fn add(&self, event_id: Uuid, mail: &Mail, told: &Event) -> Result<(), PortError>;

    /// Queues nothing for an event, and tells `told`; nothing when the event was seen before.
    async fn refuse(&self, event_id: Uuid, told: &Event) -> Result<(), PortError>;

    /// All mail about somebody's account, oldest first, the given up included.
    async fn of_user(&self, user_id: UserId) -> Result<Vec<Mail>, PortError>;

    /// Forgets all mail about somebody's account, but for the one that tells them it has ended: that waits on as nobody's.
    async fn forget_user(&self, user_id: UserId) -> Result<(), PortError>;

    /// Up to `limit` mails due by `now`, longest due first. Nobody else gets them before `until`: of several callers at the same
    /// time each mail goes to one.
    async fn claim(&self, now: DateTime<Utc>, until: DateTime<Utc>, limit: u64) -> Result<Vec<Mail>, PortError>;

    /// It is due again at `due`, after `attempts` failures.
    async fn postpone(&self, id: MailId, attempts: u32, due: DateTime<Utc>) -> Result<(), PortError>;

    /// It is given up for `failure`.
    async fn bury(&self, id: MailId, attempts: u32, failure: &str, now: DateTime<Utc>) -> Result<(), PortError>;

    /// It is delivered, or nobody wants it: forgets it.
    async fn forget(&self, id: MailId) -> Result<(), PortError>;

    /// Mails given up, newest first.
    async fn dead(&self, limit: u64) -> Result<Vec<DeadMail>, PortError>;

    /// Makes a mail that was given up due at `now`, with all its attempts again. `NotFound` when there is none.
    async fn revive(&self, id: MailId, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Forgets a mail that was given up. `NotFound` when there is none.
    async fn discard(&self, id: MailId) -> Result<(), PortError>;
}

/// The words of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// For programs and people who like it plain.
    pub text: String,
    /// The same, set.
    pub html: String,
}

/// Finds the words. Texts of people never become markup.
pub trait MailTemplates: Send + Sync + 'static {
    /// The words of `mail`, with a link that carries `token`. `Corrupt` when there are none.
    fn words(&self, mail: &Mail, token: Option<&str>) -> Result<Words, PortError>;
}

/// A mail ready to go.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Which mail this is; the same at each attempt.
    pub id: MailId,
    /// To whom.
    pub recipient: Recipient,
    /// What.
    pub words: Words,
    /// When it is sent.
    pub sent_at: DateTime<Utc>,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Trying again may help.
    #[error("the letter cannot leave now")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Trying again cannot help: the server refuses this letter, or it cannot be written.
    #[error("the letter cannot leave")]
    Permanent(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hands letters over. What returned `Ok` is somebody else's duty: a server's, or a file's that survives a crash.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands one letter over. No text of it can become a header of its own.
    async fn send(&self, letter: &Letter) -> Result<(), SendError>;
}
