//! Releases.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AlbumId, ArtistId, ArtworkId, UserId};

use super::name::Name;

/// A release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// The id.
    pub id: AlbumId,
    /// Who may edit it: its artist's owner.
    pub owner_id: UserId,
    /// Whose.
    pub artist_id: ArtistId,
    /// Its title: one of its artist's albums has it.
    pub title: Name,
    /// The day it came out.
    pub release_date: Option<NaiveDate>,
    /// Its cover.
    pub artwork_id: Option<ArtworkId>,
    /// When it was made here.
    pub created_at: DateTime<Utc>,
    /// Counts changes, so that none overwrites another unseen.
    pub version: i32,
}
