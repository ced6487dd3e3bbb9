//! The media worker tells how far it has come with an upload. A finished recording is compared with those that are known before its
//! track is READY; one that somebody else has, or that was held back before, is HELD instead.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::event::EventFactory;
use kernel::events::TrackHeld;
use kernel::{Event, PortError};
use platform::consumer::{EventHandler, HandleError};
use tokio::sync::watch;

use super::ports::{Processed, Screened, TrackRepository};
use super::screen_recording::ScreenRecording;
use crate::domain::media_report::{self, MediaReport};
use crate::domain::recording_review::ReviewState;
use crate::domain::track::Track;

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
    pub(super) screen_recording: ScreenRecording,
    pub(super) events: EventFactory,
    pub(super) written: Written,
}

impl OnMediaReport {
    /// What comes of comparing the recording that `report` is on, once it can be compared.
    async fn screened(&self, track: &Track, report: &MediaReport) -> Result<Option<Screened>, PortError> {
        match (&report.fingerprint, track.upload) {
            (Some(fingerprint), Some(upload)) => self.screen_recording.run(track, upload, fingerprint).await.map(Some),
            _ => Ok(None),
        }
    }
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
            let processed = Processed { loudness_blocks: report.loudness_blocks.clone(), screened: self.screened(&track, &report).await? };
            let review = processed.screened.as_ref().and_then(|screened| screened.review.as_ref()).filter(|review| review.state == ReviewState::Pending);
            let held = review.map(|review| {
                track.hold();
                self.events.wrap(&TrackHeld { track_id: track.id, owner_id: track.owner_id, review_id: review.id, title: track.title.as_str().to_owned() })
            });
            match self.tracks.save_once(&track, event.id, &processed, held.as_slice()).await {
                Ok(_) => break,
                // Its owner changed it between: what they did stays, and the report is read against it. Or another recording became
                // known: it is compared again.
                Err(PortError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.written.0.send_replace(());
        Ok(())
    }
}
