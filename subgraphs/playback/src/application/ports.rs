//! What this context needs from the outside. Files need no port of their own: `object_store` is one.

use async_trait::async_trait;
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

/// Keeps grants for as long as they last; may forget earlier, and the listener asks again.
#[async_trait]
pub trait GrantStore: Send + Sync + 'static {
    /// Keeps `grant` in the place of any of the same id.
    async fn put(&self, grant: &Grant) -> Result<(), PortError>;

    /// The grant, unless forgotten.
    async fn get(&self, id: GrantId) -> Result<Option<Grant>, PortError>;
}

/// Makes the tokens in media addresses, which nobody else can make or alter.
pub trait GrantTokens: Send + Sync + 'static {
    /// The token of a grant.
    fn issue(&self, id: GrantId) -> String;

    /// Whose token it is; none when this installation never made it. Takes the same time for every false one.
    fn verify(&self, token: &str) -> Option<GrantId>;
}
