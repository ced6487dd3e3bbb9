//! What is told when the whole catalogue is heard once more, by another model: `recommendations` asks and chooses, the media worker hears.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EmbeddingModel;
use crate::event::EventPayload;
use crate::id::{JobId, RebuildId, TrackId, UploadId, UserId};

/// An admin wants everything heard that the configured model has not heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingsRebuildRequested {
    /// Which wish.
    pub rebuild_id: RebuildId,
    /// Whose.
    pub requested_by: UserId,
}
payload!(EmbeddingsRebuildRequested, "embeddings.rebuild_requested", rebuild_id);

/// The jobs of a rebuild wait in the queue; those that had failed before are tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingsRebuildBegan {
    /// Which wish is met.
    pub rebuild_id: RebuildId,
    /// By which model.
    pub model: EmbeddingModel,
    /// How many uploads this model is to hear or has heard so.
    pub uploads: u64,
}
payload!(EmbeddingsRebuildBegan, "embeddings.rebuild_began", rebuild_id);

/// An upload could not be heard once more, after all attempts: a fault of ours. An operator can have the job tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaUnheard {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// By which model.
    pub model: EmbeddingModel,
    /// The dead job.
    pub job_id: JobId,
    /// What operators read; no internals.
    pub reason: String,
}
payload!(MediaUnheard, "media.unheard", track_id);

/// An admin lets another model's vectors answer, though some recordings could not be heard by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingsAccepted {
    /// The space of the model's vectors.
    pub space: String,
    /// Who.
    pub accepted_by: UserId,
    /// How many recordings are left without similar ones.
    pub left_out: u64,
}
payload!(EmbeddingsAccepted, "embeddings.accepted", space);
