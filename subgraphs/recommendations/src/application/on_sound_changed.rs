//! A track's sound was processed, published, withdrawn or removed. What can be found as similar is exactly what is published: the
//! tables are the truth, the index follows them, and following again does no harm.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{MediaCompleted, TrackDeleted, TrackPublished, TrackUnpublished};
use kernel::id::TrackId;
use kernel::{Event, EventPayload as _, PortError};
use platform::consumer::{EventHandler, HandleError};

use super::ports::{EmbeddingIndex, TrackVectorRepository};
use crate::domain::track_vector::TrackVector;

/// The facts it acts on.
pub const TYPES: [&str; 4] = [MediaCompleted::TYPE, TrackPublished::TYPE, TrackUnpublished::TYPE, TrackDeleted::TYPE];

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
            let embedding = completed.analysis.embedding;
            let vector = embedding.and_then(|embedding| TrackVector::new(completed.track_id, completed.upload_id, embedding));
            let Some(vector) = vector else { return Ok(()) };
            self.vectors.record(event.id, &vector).await?;
            self.follow(completed.track_id).await?;
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
    async fn follow(&self, track_id: TrackId) -> Result<(), PortError> {
        self.index.remove(track_id).await?;
        match self.vectors.published(&[track_id]).await?.pop() {
            Some(vector) => self.index.put(&[vector]).await,
            None => Ok(()),
        }
    }
}
