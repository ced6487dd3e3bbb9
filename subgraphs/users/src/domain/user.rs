//! An account.

use chrono::{DateTime, Utc};
use kernel::Role;
use kernel::id::{AvatarId, UserId};

use super::email::Email;
use super::profile::{Bio, DisplayName};
use super::username::Username;

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The unique name others see.
    pub username: Username,
    /// Where the person gets mail; unique; for their eyes and admins' only.
    pub email: Email,
    /// The name to show, when one was chosen.
    pub display_name: Option<DisplayName>,
    /// The person's words about themselves.
    pub bio: Option<Bio>,
    /// The picture to show.
    pub avatar_id: Option<AvatarId>,
    /// What the account may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the person proved that they read the mail of `email`.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Since when nobody may sign in.
    pub suspended_at: Option<DateTime<Utc>>,
}

impl User {
    /// The name to show.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_ref().map_or(self.username.as_str(), DisplayName::as_str)
    }
}
