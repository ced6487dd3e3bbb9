//! A track may be streamed from now on, or not any more.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{TrackDeleted, TrackPublished, TrackUnpublished};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::ports::LadderRepository;

/// The consumer of `track.published`, `track.unpublished` and `track.deleted`.
pub struct OnPublicationChanged {
    /// Where publications are kept.
    pub ladders: Arc<dyn LadderRepository>,
}

#[async_trait]
impl EventHandler for OnPublicationChanged {
    fn types(&self) -> &'static [&'static str] {
        &[TrackPublished::TYPE, TrackUnpublished::TYPE, TrackDeleted::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(published) = event.payload::<TrackPublished>().transpose()? {
            self.ladders.publish(event.id, published.track_id, published.upload_id).await?;
        } else if let Some(unpublished) = event.payload::<TrackUnpublished>().transpose()? {
            self.ladders.withdraw(event.id, unpublished.track_id).await?;
        } else if let Some(deleted) = event.payload::<TrackDeleted>().transpose()? {
            self.ladders.forget(event.id, deleted.track_id).await?;
        }
        Ok(())
    }
}
