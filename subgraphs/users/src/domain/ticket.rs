//! A right to do one thing once, that a link in a mail carries, or the answer to the first half of signing in.

use chrono::{DateTime, Duration, Utc};
use kernel::id::{TicketId, UserId};
use uuid::Uuid;

use super::email::Email;

/// What a ticket allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To prove that one reads the mail of the account's address.
    VerifyEmail,
    /// To choose a new password.
    ResetPassword,
    /// To agree to another address; for the address the account has.
    LeaveEmail,
    /// To agree to another address; for that address.
    TakeEmail,
    /// To prove the second factor, after the first.
    SecondFactor,
}

impl Purpose {
    /// All, with the text a store keeps.
    const ALL: [(Self, &'static str); 5] = [
        (Self::VerifyEmail, "VERIFY_EMAIL"),
        (Self::ResetPassword, "RESET_PASSWORD"),
        (Self::LeaveEmail, "LEAVE_EMAIL"),
        (Self::TakeEmail, "TAKE_EMAIL"),
        (Self::SecondFactor, "SECOND_FACTOR"),
    ];

    /// How long it holds. Thirty minutes for a password: the OWASP cheat sheet on forgotten passwords wants it short.
    pub fn life(self) -> Duration {
        match self {
            Self::VerifyEmail => Duration::days(3),
            Self::ResetPassword => Duration::minutes(30),
            Self::LeaveEmail | Self::TakeEmail => Duration::days(1),
            Self::SecondFactor => Duration::minutes(5),
        }
    }

    /// The text a store keeps.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(purpose, _)| *purpose == self).map_or("", |(_, text)| text)
    }

    /// From a store's text.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, stored)| *stored == text).map(|(purpose, _)| *purpose)
    }
}

/// A ticket. Whoever shows its token is let do what it says, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id, of which its token is derived.
    pub id: TicketId,
    /// For whose account.
    pub user_id: UserId,
    /// What it allows.
    pub purpose: Purpose,
    /// The address it is about: the one to prove, or the one to change to.
    pub email: Email,
    /// Tickets that count only together.
    pub group_id: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it allows nothing.
    pub expires_at: DateTime<Utc>,
}

impl Ticket {
    /// A ticket that begins at `now`.
    pub fn new(id: TicketId, user_id: UserId, purpose: Purpose, email: Email, now: DateTime<Utc>) -> Self {
        Self { id, user_id, purpose, email, group_id: None, created_at: now, expires_at: now + purpose.life() }
    }

    /// The same, counting only together with others of `group_id`.
    #[must_use]
    pub const fn together(mut self, group_id: Uuid) -> Self {
        self.group_id = Some(group_id);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_survive_the_store() {
        for (purpose, text) in Purpose::ALL {
            assert_eq!((purpose.as_str(), Purpose::from_stored(text)), (text, Some(purpose)));
        }
        assert_eq!(Purpose::from_stored("X"), None);
    }
}
