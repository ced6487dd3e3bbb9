//! A track's owner watches it being processed.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::events::{MediaCompleted, MediaFailed, MediaProgressed, TrackDeleted, TrackPublished, TrackUnpublished, TrackUploaded};
use kernel::id::TrackId;
use kernel::viewer::AccessError;
use kernel::{Event, EventPayload as _, PortError, Viewer};
use platform::bus::EventBus;
use tokio::time::{Instant, timeout, timeout_at};

use super::on_media_report::Written;
use super::ports::TrackRepository;
use crate::domain::media_report::MediaReport;
use crate::domain::track::Track;
use crate::domain::track_state::TrackState;

const TYPES: &[&str] =
    &[MediaProgressed::TYPE, MediaCompleted::TYPE, MediaFailed::TYPE, TrackUploaded::TYPE, TrackPublished::TYPE, TrackUnpublished::TYPE, TrackDeleted::TYPE];
/// How often the store is asked when nothing is heard: a slow reader of the bus may have lost an event.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the last report may take to be written down before it is told all the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon what another process wrote down is noticed.
const POLL: Duration = Duration::from_millis(100);

/// Why a track cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowTrackError {
    /// Nobody is signed in, or somebody who is not the owner.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is no such track.
    #[error("there is no such track")]
    NotFound,
    /// A port failed.
    #[error("the track cannot be followed")]
    Port(#[from] PortError),
}

/// A track as somebody who follows it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowedTrack {
    /// The track. Boxed: whoever waits for the next change holds room for it.
    pub track: Box<Track>,
    /// Seconds until its processing is done, by the worker's estimate.
    pub remaining_secs: Option<u32>,
}

/// Follows tracks.
#[derive(Clone)]
pub struct FollowTrack {
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) bus: Arc<dyn EventBus>,
    pub(super) written: Written,
}

impl FollowTrack {
    /// The track as it is, then after each change of its state, until processing is over or the track is gone. What is told last
    /// has been written down: whoever hears that a track is ready can publish it.
    pub async fn run(&self, viewer: &Viewer, id: TrackId) -> Result<BoxStream<'static, Result<FollowedTrack, FollowTrackError>>, FollowTrackError> {
        viewer.require_session()?;
        // The tail first: what happens between the two is heard, not lost.
        let mut tail = self.bus.tail(TYPES);
        let mut last = Box::new(self.find(id).await?.ok_or(FollowTrackError::NotFound)?);
        viewer.require_owner(last.owner_id)?;
        let this = self.clone();
        let subject = id.to_string();
        Ok(Box::pin(async_stream::try_stream! {
            yield FollowedTrack { track: last.clone(), remaining_secs: None };
            while !last.state.is_settled() {
                let event = match timeout(SILENCE, tail.next()).await {
                    Ok(None) => break,
                    Ok(Some(event)) if event.subject != subject => continue,
                    Ok(Some(event)) => Some(event),
                    Err(_) => None,
                };
                // Boxed, as tracks are: there is nothing to look up while the next event is awaited.
                let Some(mut track) = Box::pin(this.after(id, event.as_ref())).await?.map(Box::new) else { break };
                keep_rising(&last, &mut track);
                if track.state != last.state {
                    let report = event.as_ref().and_then(MediaReport::of).and_then(Result::ok);
                    yield FollowedTrack { track: track.clone(), remaining_secs: report.and_then(|report| report.remaining_secs) };
                }
                last = track;
            }
        }))
    }

    /// The track after `event`, which may not have been written down yet; none when it is gone.
    async fn after(&self, id: TrackId, event: Option<&Event>) -> Result<Option<Track>, FollowTrackError> {
        let report = event.and_then(MediaReport::of).and_then(Result::ok);
        let mut written = self.written.listen();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Some(mut track) = self.find(id).await? else { return Ok(None) };
            let Some(report) = &report else { return Ok(Some(track)) };
            let ahead = track.reported(report);
            if !ahead || !report.is_last() || Instant::now() >= deadline {
                return Ok(Some(track));
            }
            // Written down, by this process or another, or not in time: all is told by the next look.
            let next_look = deadline.min(Instant::now() + POLL);
            let _ = timeout_at(next_look, written.changed()).await;
        }
    }

    async fn find(&self, id: TrackId) -> Result<Option<Track>, PortError> {
        Ok(self.tracks.find(&[id]).await?.pop())
    }
}

/// What was told ahead of the store does not fall back to it.
fn keep_rising(last: &Track, next: &mut Track) {
    if last.upload != next.upload {
        return;
    }
    match (&last.state, &mut next.state) {
        (TrackState::Processing { percent: told }, TrackState::Processing { percent }) => *percent = (*percent).max(*told),
        (TrackState::Processing { .. }, state @ TrackState::Uploaded) => *state = last.state.clone(),
        _ => {}
    }
}
