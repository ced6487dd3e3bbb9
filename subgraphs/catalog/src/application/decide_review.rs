//! An admin decides whether a recording that is known already may be published.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::{TrackPublished, TrackReviewed};
use kernel::id::ReviewId;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError, Viewer};

use super::ATTEMPTS;
use super::ports::{CHANGED, ReviewRepository, TrackRepository};
use crate::domain::recording_review::{Decision, Reason, RecordingReview, Settled};
use crate::domain::track_state::IllegalTransition;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be published.
    Allow,
    /// It may not; the owner is told why.
    Reject,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideReviewError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The reason breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such review, or its track is gone.
    #[error("there is no such review")]
    NotFound,
    /// It has been decided.
    #[error(transparent)]
    Settled(#[from] Settled),
    /// The track has gone another way.
    #[error(transparent)]
    State(#[from] IllegalTransition),
    /// The track keeps changing.
    #[error("the track was changed at the same time: look at it and try again")]
    Changed,
    /// A port failed.
    #[error("the review cannot be decided")]
    Port(#[source] PortError),
}

impl From<PortError> for DecideReviewError {
    fn from(error: PortError) -> Self {
        match &error {
            PortError::Conflict { constraint } if constraint == CHANGED => Self::Changed,
            _ => Self::Port(error),
        }
    }
}

/// Decides reviews.
pub struct DecideReview {
    pub(super) reviews: Arc<dyn ReviewRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) events: EventFactory,
}

impl DecideReview {
    /// The review afterwards.
    pub async fn run(&self, viewer: &Viewer, id: ReviewId, verdict: Verdict, reason: Option<&str>) -> Result<RecordingReview, DecideReviewError> {
        let by = viewer.require_admin()?.user_id;
        let reason = reason.map(Reason::parse).transpose()?.flatten();
        if verdict == Verdict::Reject && reason.is_none() {
            return Err(InvalidField::new("reason", "must tell the owner why").into());
        }
        let decision = Decision { by, at: self.clock.now(), reason };
        let mut attempt = 1;
        loop {
            match self.attempt(id, verdict, decision.clone()).await {
                // Its owner changed the track between.
                Err(DecideReviewError::Changed) if attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn attempt(&self, id: ReviewId, verdict: Verdict, decision: Decision) -> Result<RecordingReview, DecideReviewError> {
        let mut review = self.reviews.find(id).await?.ok_or(DecideReviewError::NotFound)?;
        let mut track = self.tracks.find(&[review.track_id]).await?.pop().ok_or(DecideReviewError::NotFound)?;
        let reviewed = TrackReviewed {
            track_id: track.id,
            owner_id: track.owner_id,
            review_id: id,
            decided_by: decision.by,
            allowed: verdict == Verdict::Allow,
            reason: decision.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            title: track.title.as_str().to_owned(),
        };
        let mut events = vec![self.events.wrap(&reviewed)];
        match verdict {
            Verdict::Allow => {
                review.allow(decision)?;
                let published = track.allow(self.clock.now())?;
                events.extend(published.map(|upload_id| self.events.wrap(&TrackPublished { track_id: track.id, upload_id })));
            }
            Verdict::Reject => {
                review.reject(decision)?;
                track.reject()?;
            }
        }
        self.reviews.decide(&review, &track, &events).await?;
        Ok(review)
    }
}
