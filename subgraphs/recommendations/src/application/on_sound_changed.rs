//! A track's sound was processed, published, withdrawn or removed. What can be found as similar is exactly what is published: the
//! tables are the truth, the index follows them, and following again does no harm.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{MediaCompleted, MediaEmbedded, TrackDeleted, TrackLabelled, TrackPublished, TrackUnpublished};
use kernel::id::TrackId;
use kernel::{Event, EventPayload as _, PortError};
use platform::consumer::{EventHandler, HandleError};

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::track_vector::{Hearing, Label};

/// The facts it acts on.
pub const TYPES: [&str; 6] = [TrackLabelled::TYPE, MediaCompleted::TYPE, MediaEmbedded::TYPE, TrackPublished::TYPE, TrackUnpublished::TYPE, TrackDeleted::TYPE];

/// Keeps tables and index.
pub struct OnSoundChanged {
    /// The tables.
    pub vectors: Arc<dyn TrackVectorRepository>,
    /// The index.
    pub index: Arc<dyn EmbeddingIndex>,
}

#[async_trait]
impl EventHandler for OnSoundChanged {
    fn types(&self) -> &'static [&'static str] {
        &TYPES
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(completed) = event.payload::<MediaCompleted>().transpose()? {
            let Some(embedding) = completed.analysis.embedding else { return Ok(()) };
            let hearing = Hearing::new(completed.track_id, completed.upload_id, &embedding.model, Some(embedding.vector));
            self.record(event, &hearing).await?;
        } else if let Some(embedded) = event.payload::<MediaEmbedded>().transpose()? {
            let hearing = Hearing::new(embedded.track_id, embedded.upload_id, &embedded.model, embedded.vector);
            self.record(event, &hearing).await?;
        } else if let Some(TrackLabelled { track_id, owner_id, genre_ids }) = event.payload().transpose()? {
            self.vectors.label(event.id, &Label { track_id, owner_id, genres: genre_ids }).await?;
        } else if let Some(published) = event.payload::<TrackPublished>().transpose()? {
            self.vectors.publish(event.id, published.track_id, published.upload_id).await?;
            self.follow(published.track_id).await?;
        } else if let Some(withdrawn) = event.payload::<TrackUnpublished>().transpose()? {
            self.vectors.withdraw(event.id, withdrawn.track_id).await?;
            self.follow(withdrawn.track_id).await?;
        } else if let Some(deleted) = event.payload::<TrackDeleted>().transpose()? {
            self.vectors.forget(event.id, deleted.track_id).await?;
            self.follow(deleted.track_id).await?;
        }
        Ok(())
    }
}

impl OnSoundChanged {
    async fn record(&self, event: &Event, hearing: &Hearing) -> Result<(), PortError> {
        self.vectors.record(event.id, hearing).await?;
        if self.vectors.serving().await?.is_none() {
            self.vectors.serve(&hearing.space, None).await?;
        }
        self.follow(hearing.track_id).await
    }

    async fn follow(&self, track_id: TrackId) -> Result<(), PortError> {
        let published = self.vectors.published(&[track_id]).await?;
        if published.is_empty() { self.index.remove(track_id).await } else { self.index.put(&published).await }
    }
}
