//! The end of an account.

use chrono::{DateTime, Utc};
use kernel::id::{DeletionId, UserId};

use super::answer::Answer;

/// Why an account ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The person wants it.
    Wish,
    /// Its registration could not be completed.
    Registration,
}

impl Reason {
    /// The text a store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wish => "WISH",
            Self::Registration => "REGISTRATION",
        }
    }

    /// From a store's text.
    pub fn from_stored(text: &str) -> Option<Self> {
        [Self::Wish, Self::Registration].into_iter().find(|reason| reason.as_str() == text)
    }
}

/// How far a deletion has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionState {
    /// It begins when its time has come, and can be cancelled.
    Scheduled,
    /// The account is gone; contexts are erasing.
    Erasing,
    /// Nothing is kept any more.
    Complete,
}

/// The end of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Its id; by it one who is nobody any more can follow it.
    pub id: DeletionId,
    /// Whose account; forgotten when it is complete.
    pub user_id: Option<UserId>,
    /// Why.
    pub reason: Reason,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it begins.
    pub due_at: DateTime<Utc>,
    /// When it began.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was complete.
    pub completed_at: Option<DateTime<Utc>>,
    /// What the contexts answered.
    pub answers: Vec<Answer>,
}

impl Deletion {
    /// How far it has come.
    pub const fn state(&self) -> DeletionState {
        match (self.begun_at, self.completed_at) {
            (_, Some(_)) => DeletionState::Complete,
            (Some(_), None) => DeletionState::Erasing,
            (None, None) => DeletionState::Scheduled,
        }
    }
}
