//! What `catalog` tells of recordings that are known already.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::EventPayload;
use crate::id::{ReviewId, TrackId, UserId};

/// The track sounds like another recording: it cannot be published until an admin has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackHeld {
    /// Which.
    pub track_id: TrackId,
    /// Whose.
    pub owner_id: UserId,
    /// What the admin is asked.
    pub review_id: ReviewId,
    /// What the track is called.
    #[serde(default)]
    pub title: String,
}
payload!(TrackHeld, "track.held", track_id);

/// An admin has decided on a track that sounds like another recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackReviewed {
    /// Which.
    pub track_id: TrackId,
    /// Whose.
    pub owner_id: UserId,
    /// What the admin was asked.
    pub review_id: ReviewId,
    /// Who decided.
    pub decided_by: UserId,
    /// Whether it may be published.
    pub allowed: bool,
    /// The admin's words to the owner.
    pub reason: Option<String>,
    /// What the track is called.
    #[serde(default)]
    pub title: String,
}
payload!(TrackReviewed, "track.reviewed", track_id);
