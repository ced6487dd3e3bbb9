//! What this context needs from the outside.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{GenreId, RebuildId, TrackId, UploadId, UserId};
use kernel::{Event, PortError};
use uuid::Uuid;

use crate::domain::rebuild::{Began, Rebuild, Unheard};
use crate::domain::taste_profile::TasteProfile;
use crate::domain::track_vector::{Hearing, Label, Neighbour, Space, TrackVector};

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
    /// Adds what was heard; of the same upload in the same space it is replaced.
    async fn record(&self, event_id: Uuid, hearing: &Hearing) -> Result<(), PortError>;

    /// This upload of the track is published, and no other.
    async fn publish(&self, event_id: Uuid, track_id: TrackId, upload_id: UploadId) -> Result<(), PortError>;

    /// The track is not published any more.
    async fn withdraw(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The track is gone, and its vectors.
    async fn forget(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError>;

    /// The published vectors of those of `tracks` that have any, in all spaces and no order; one statement however many.
    async fn published(&self, tracks: &[TrackId]) -> Result<Vec<TrackVector>, PortError>;

    /// Published vectors of `space` behind `after`, in the order of their tracks, at most `limit`.
    async fn page_of_published(&self, space: &Space, after: Option<TrackId>, limit: u64) -> Result<Vec<TrackVector>, PortError>;

    /// How many there are.
    async fn count_published(&self, space: &Space) -> Result<usize, PortError>;

    /// All spaces in which anything was heard.
    async fn spaces(&self) -> Result<Vec<Space>, PortError>;

    /// The space whose vectors answer; none before there was any.
    async fn serving(&self) -> Result<Option<Space>, PortError>;

    /// How many published uploads have a vector in `present` and were not heard in `candidate` yet.
    async fn missing(&self, candidate: &Space, present: &Space) -> Result<usize, PortError>;

    /// Keeps whose a track is, and its genres.
    async fn label(&self, event_id: Uuid, label: &Label) -> Result<(), PortError>;

    /// Whose a track is; none before that was told.
    async fn owner(&self, track_id: TrackId) -> Result<Option<UserId>, PortError>;

    /// The genres of those of `tracks` that have any; one statement however many.
    async fn genres(&self, tracks: &[TrackId]) -> Result<HashMap<TrackId, Vec<GenreId>>, PortError>;

    /// The vectors of a track's latest upload that has any, published or not, one for each space.
    async fn latest(&self, track_id: TrackId) -> Result<Vec<TrackVector>, PortError>;

    /// From now on `space` answers, if `before` did until now; whether it was so.
    async fn serve(&self, space: &Space, before: Option<&Space>) -> Result<bool, PortError>;

    /// Forgets what another space than the answering one knows of uploads that were heard in the answering one too.
    async fn discard(&self, space: &Space) -> Result<(), PortError>;
}

/// Keeps rebuilds, what they could not hear, and what was accepted without that. What an event told is one transaction with the inbox, and
/// an event that was seen before changes nothing.
#[async_trait]
pub trait RebuildRepository: Send + Sync + 'static {
    /// Adds a wish, and tells `told`.
    async fn request(&self, rebuild: &Rebuild, told: &Event) -> Result<(), PortError>;

    /// A wish is being met: what could not be heard in that space before is tried again, and what was accepted counts no more. A wish
    /// that is not known is none of ours.
    async fn begin(&self, event_id: Uuid, id: RebuildId, began: &Began) -> Result<(), PortError>;

    /// The last wish.
    async fn latest(&self) -> Result<Option<Rebuild>, PortError>;

    /// Notes what could not be heard.
    async fn note_unheard(&self, event_id: Uuid, unheard: &Unheard) -> Result<(), PortError>;

    /// What is published and could not be heard in a space, the oldest failure first, at most `limit`. What was heard since is not among it.
    async fn unheard(&self, space: &Space, limit: u64) -> Result<Vec<Unheard>, PortError>;

    /// How many of them `present` knows.
    async fn count_unheard(&self, space: &Space, present: &Space) -> Result<usize, PortError>;

    /// From now on the space may answer without what it could not hear; tells `told`.
    async fn accept(&self, space: &Space, at: DateTime<Utc>, told: &Event) -> Result<(), PortError>;

    /// Whether it may.
    async fn is_accepted(&self, space: &Space) -> Result<bool, PortError>;
}

/// Finds near vectors, each space by itself. What was put is found by every later search, in a later process too; what was lost with a
/// disk is put again from the tables at the next start.
#[async_trait]
pub trait EmbeddingIndex: Send + Sync + 'static {
    /// Adds vectors, each in its space, in place of any of the same track there.
    async fn put(&self, vectors: &[TrackVector]) -> Result<(), PortError>;

    /// Forgets a track in every space; having none is fine.
    async fn remove(&self, track_id: TrackId) -> Result<(), PortError>;

    /// The `limit` tracks of `space` nearest to `vector` by cosine, the nearest first; none in a space without any. In large spaces it
    /// may miss some: of the nearest ten it finds at least 95 in a hundred.
    async fn nearest(&self, space: &Space, vector: &[f32], limit: usize) -> Result<Vec<Neighbour>, PortError>;

    /// How many vectors there are in a space.
    async fn count(&self, space: &Space) -> Result<usize, PortError>;

    /// Forgets a space; having none is fine.
    async fn discard(&self, space: &Space) -> Result<(), PortError>;

    /// Does the upkeep that is due, if any, which may take minutes; searches and changes go on meanwhile.
    async fn tend(&self) -> Result<(), PortError>;
}
