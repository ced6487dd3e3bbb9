//! What this context needs from the outside. Files need no port of their own: `object_store` is one.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::{GrantId, TrackId, UploadId};
use uuid::Uuid;

use crate::domain::grant::Grant;
use crate::domain::ladder::Ladder;

/// Keeps ladders, and which upload of a track is published. Changes come from events: each is one transaction with the inbox,
/// and an event that was seen before changes nothing. The facts may come in any order.
#[async_trait]
pub trait LadderRepository: Send + Sync + 'static {
    /// Adds a ladder; one of the same upload is replaced.
    async fn record(&self, event_id: Uuid, ladder: &Ladder) -> Result<(), PortError>;

    /// The ladder of `upload_id` may be streamed from now on, and no other of the track.
    async fn publish(&self, event_id: Uuid, track_id: TrackId, upload_id: UploadId) -> Result<(), PortError>;

    /// Nothing of the track may be streamed any more.
    async fn withdraw(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The track is gone, and its ladders.
    async fn forget(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The published ladders of those of `tracks` that have one, in no order; one statement however many.
    async fn streamable(&self, tracks: &[TrackId]) -> Result<Vec<Ladder>, PortError>;
}

/// Keeps how far use has prolonged grants; may forget before that is over, and the listener asks again.
#[async_trait]
pub trait Prolongations: Send + Sync + 'static {
    /// The grant lasts until `until`, as seen at `now`, in the place of what was put before.
    async fn put(&self, id: GrantId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Until when the grant lasts, if it was prolonged and is not forgotten.
    async fn get(&self, id: GrantId) -> Result<Option<DateTime<Utc>>, PortError>;
}

/// Makes the tokens in media addresses, which nobody else can make or alter.
pub trait GrantTokens: Send + Sync + 'static {
    /// The token of a grant: letters, digits, `-` and `_`.
    fn issue(&self, grant: &Grant) -> String;

    /// The grant that `token` was made of; none when this installation never made it. Takes the same time for every false one.
    fn verify(&self, token: &str) -> Option<Grant>;
}
