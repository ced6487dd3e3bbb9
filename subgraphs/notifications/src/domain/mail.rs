//! One person to be told one thing.

use chrono::{DateTime, Utc};
use kernel::events::{AccountMail, MailMatter};
use kernel::id::{MailId, TicketId, UserId};

use super::recipient::Recipient;

/// A mail on its way: why, and to whom. Its words are made when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id; part of its Message-ID, so that a mail sent twice is seen once.
    pub id: MailId,
    /// About whose account; none in mail that was queued before this was noted.
    pub user_id: Option<UserId>,
    /// To whom.
    pub recipient: Recipient,
    /// Why.
    pub reason: AccountMail,
    /// What its link allows.
    pub ticket_id: Option<TicketId>,
    /// From when on it is not worth sending.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is about, where it is not the account itself.
    pub about: Option<MailMatter>,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
}

impl Mail {
    /// Whether its link allows nothing any more.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// A mail that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadMail {
    /// The mail.
    pub mail: Mail,
    /// The last failure, for operators.
    pub failure: String,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}
