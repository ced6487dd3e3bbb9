//! A copy of all that is kept of a person.

use chrono::{DateTime, Utc};
use kernel::id::{DataExportId, UserId};

use super::answer::Answer;

/// A copy, in the making or ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataExport {
    /// Its id.
    pub id: DataExportId,
    /// Whose.
    pub user_id: UserId,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The archive, once it is made.
    pub archive: Option<Archive>,
    /// What the contexts answered.
    pub answers: Vec<Answer>,
}

/// A finished archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archive {
    /// When it was made.
    pub ready_at: DateTime<Utc>,
    /// When it is thrown away.
    pub expires_at: DateTime<Utc>,
    /// Its length in bytes.
    pub size_bytes: u64,
}

impl DataExport {
    /// Where all of it lies in the blob store.
    pub fn folder(id: DataExportId) -> String {
        format!("exports/{id}")
    }

    /// Where its archive lies.
    pub fn archive_blob(id: DataExportId) -> String {
        format!("exports/{id}.zip")
    }
}
