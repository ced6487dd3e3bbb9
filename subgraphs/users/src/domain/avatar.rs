//! The picture that a person shows of themselves.

use chrono::{DateTime, Utc};
use kernel::id::{AvatarId, UserId};

/// A picture in the blob store. It never changes: another one has another id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// Its id, by which anybody who knows it can see it.
    pub id: AvatarId,
    /// Whose.
    pub user_id: UserId,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
}

impl Avatar {
    /// Where its bytes lie.
    pub fn blob(user_id: UserId, id: AvatarId) -> String {
        format!("{}/{id}", Self::folder(user_id))
    }

    /// Where all of a person's pictures lie, what a crash has left of earlier ones included.
    pub fn folder(user_id: UserId) -> String {
        format!("avatars/{user_id}")
    }
}
