//! An account.

use chrono::{DateTime, Utc};
use kernel::id::{AvatarId, UserId};
use kernel::{Role, Tier};

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
    /// Until when it is premium; what is past counts no more.
    pub premium_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the person proved that they read the mail of `email`.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Since when nobody may sign in.
    pub suspended_at: Option<DateTime<Utc>>,
}

impl User {
    /// What it pays for at `now`.
    pub fn tier(&self, now: DateTime<Utc>) -> Tier {
        Tier::at(now, self.premium_until)
    }

    /// The name to show.
    pub fn shown_name(&self) -> &str {
        self.display_name.as_ref().map_or(self.username.as_str(), DisplayName::as_str)
    }
}
