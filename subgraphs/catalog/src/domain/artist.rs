//! Performers.

use chrono::{DateTime, Utc};
use kernel::id::{ArtistId, ArtworkId, UserId};

use super::bio::Bio;
use super::name::Name;

/// A performer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artist {
    /// The id.
    pub id: ArtistId,
    /// Who may edit it.
    pub owner_id: UserId,
    /// Its name: one of its owner's artists has it.
    pub name: Name,
    /// Words about it.
    pub bio: Option<Bio>,
    /// Its picture.
    pub artwork_id: Option<ArtworkId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts changes, so that none overwrites another unseen.
    pub version: i32,
}
