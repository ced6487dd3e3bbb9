//! The whole catalogue is heard by another model.

use chrono::{DateTime, Utc};
use kernel::id::{JobId, RebuildId, TrackId, UploadId, UserId};

use super::track_vector::Space;

/// Most recordings that could not be heard, of those that are named at once.
pub const MOST_NAMED: i32 = 100;

/// An admin's wish to have everything heard by the model that is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// Its id.
    pub id: RebuildId,
    /// Whose wish.
    pub requested_by: UserId,
    /// Since when.
    pub requested_at: DateTime<Utc>,
    /// What the media worker made of it; none until it has.
    pub began: Option<Began>,
}

/// The jobs of a rebuild wait in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Began {
    /// Where the vectors gather.
    pub space: Space,
    /// How many uploads its model is to hear, or has heard so.
    pub uploads: u64,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// An upload that could not be heard by a model, after all attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    /// Whose sound.
    pub track_id: TrackId,
    /// Of which upload.
    pub upload_id: UploadId,
    /// Where its vector would be.
    pub space: Space,
    /// The dead job, which an operator can have tried again.
    pub job_id: JobId,
    /// Why, for operators.
    pub reason: String,
    /// When it was given up.
    pub at: DateTime<Utc>,
}
