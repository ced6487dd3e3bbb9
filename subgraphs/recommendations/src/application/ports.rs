//! What this context needs from the outside.

use async_trait::async_trait;
use kernel::id::{TrackId, UploadId, UserId};
use kernel::{Event, PortError};
use uuid::Uuid;

use crate::domain::taste_profile::TasteProfile;
use crate::domain::track_vector::{Neighbour, Space, TrackVector};

/// Keeps taste profiles. Every change is one transaction.
#[async_trait]
pub trait TasteProfileRepository: Send + Sync + 'static {
    /// Adds a profile for an event, and tells `told`; nothing when the event was seen before. A profile that is there stays as it is.
    async fn create(&self, event_id: Uuid, profile: &TasteProfile, told: &Event) -> Result<(), PortError>;

    /// There will be no profile for an event, which `told` tells; nothing when the event was seen before.
    async fn refuse(&self, event_id: Uuid, told: &Event) -> Result<(), PortError>;

    /// Forgets a profile; nothing when there is none.
    async fn forget(&self, user_id: UserId) -> Result<(), PortError>;

    /// Those of `users` that exist, in no order; a fixed number of statements however many.
    async fn find(&self, users: &[UserId]) -> Result<Vec<TasteProfile>, PortError>;

    /// Puts `profile` in place of the one that is there. `NotFound` when there is none.
    async fn replace(&self, profile: &TasteProfile) -> Result<(), PortError>;
}

/// Keeps the vectors of uploads, and which upload of a track is published. Changes come from events: each is one transaction with
/// the inbox, and an event that was seen before changes nothing. The facts may come in any order.
#[async_trait]
pub trait TrackVectorRepository: Send + Sync + 'static {
    /// Adds a vector; one of the same upload is replaced.
    async fn record(&self, event_id: Uuid, vector: &TrackVector) -> Result<(), PortError>;

    /// This upload of the track is published, and no other.
    async fn publish(&self, event_id: Uuid, track_id: TrackId, upload_id: UploadId) -> Result<(), PortError>;

    /// The track is not published any more.
    async fn withdraw(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The track is gone, and its vectors.
    async fn forget(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The published vectors of those of `tracks` that have one, in no order; one statement however many.
    async fn published(&self, tracks: &[TrackId]) -> Result<Vec<TrackVector>, PortError>;

    /// Published vectors behind `after`, in the order of their tracks, at most `limit`.
    async fn page_of_published(&self, after: Option<TrackId>, limit: u64) -> Result<Vec<TrackVector>, PortError>;

    /// How many there are.
    async fn count_published(&self) -> Result<usize, PortError>;
}

/// Finds near vectors, each space by itself. What was put is found by every later search until the process ends; what
/// the tables hold is put again at the next start.
#[async_trait]
pub trait EmbeddingIndex: Send + Sync + 'static {
    /// Adds vectors, each in its space, in place of any of the same track there.
    async fn put(&self, vectors: &[TrackVector]) -> Result<(), PortError>;

    /// Forgets a track in every space; having none is fine.
    async fn remove(&self, track_id: TrackId) -> Result<(), PortError>;

    /// The `limit` tracks of `space` nearest to `vector` by cosine, the nearest first; none in a space without any.
    async fn nearest(&self, space: &Space, vector: &[f32], limit: usize) -> Result<Vec<Neighbour>, PortError>;

    /// How many vectors there are in all spaces.
    async fn count(&self) -> Result<usize, PortError>;
}
