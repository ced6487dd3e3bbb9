//! The media worker tells how far it has come with an upload.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Event, PortError};
use platform::consumer::{EventHandler, HandleError};
use tokio::sync::watch;

use super::ports::TrackRepository;
use crate::domain::media_report::{self, MediaReport};

/// Tells those who follow a track in this process that a report has been written down.
#[derive(Clone, Default)]
pub struct Written(Arc<watch::Sender<()>>);

impl Written {
    /// Hears what is written from now on.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// Writes reports down. Reports on replaced uploads and deleted tracks change nothing.
pub struct OnMediaReport {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) written: Written,
}

#[async_trait]
impl EventHandler for OnMediaReport {
    fn types(&self) -> &'static [&'static str] {
        media_report::TYPES
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(report) = MediaReport::of(event) else { return Ok(()) };
        let report = report?;
        loop {
            let Some(mut track) = self.tracks.find(&[report.track_id]).await?.pop() else { return Ok(()) };
            if !track.reported(&report) {
                return Ok(());
            }
            match self.tracks.save_once(&track, event.id).await {
                Ok(_) => break,
                // Its owner changed it between: what they did stays, and the report is read against it.
                Err(PortError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.written.0.send_replace(());
        Ok(())
    }
}
