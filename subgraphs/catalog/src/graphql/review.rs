//! Recordings that sound like others.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};
use kernel::{Page, Role};
use platform::graphql::{connection, viewer};

use super::entity::User;
use super::loader;
use super::track::Track;
use crate::application::list_reviews::cursor;
use crate::domain;
use crate::domain::recording_review::Reason;

pub(super) type ReviewConnection = Connection<String, RecordingReview, EmptyFields, EmptyFields>;

/// A page of reviews as a connection.
pub(super) fn reviews(page: Page<domain::recording_review::RecordingReview>) -> ReviewConnection {
    connection(page.map(RecordingReview), |review| cursor(&review.0))
}

/// How far a review has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum ReviewState {
    /// The same owner has the same recording on another track: nothing is held back.
    OwnDuplicate,
    /// An admin has to decide; until then the track is HELD.
    Pending,
    /// The recording may be published.
    Allowed,
    /// It may not.
    Rejected,
    /// Another recording took its place before anybody decided.
    Withdrawn,
}

impl From<ReviewState> for domain::recording_review::ReviewState {
    fn from(state: ReviewState) -> Self {
        match state {
            ReviewState::OwnDuplicate => Self::OwnDuplicate,
            ReviewState::Pending => Self::Pending,
            ReviewState::Allowed => Self::Allowed,
            ReviewState::Rejected => Self::Rejected,
            ReviewState::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<domain::recording_review::ReviewState> for ReviewState {
    fn from(state: domain::recording_review::ReviewState) -> Self {
        use domain::recording_review::ReviewState as S;
        match state {
            S::OwnDuplicate => Self::OwnDuplicate,
            S::Pending => Self::Pending,
            S::Allowed => Self::Allowed,
            S::Rejected => Self::Rejected,
            S::Withdrawn => Self::Withdrawn,
        }
    }
}

/// A recording that sounds like another.
pub(super) struct RecordingReview(pub(super) domain::recording_review::RecordingReview);

/// A recording that sounds like another one, by its fingerprint, and what is decided on it.
#[Object]
impl RecordingReview {
    /// The id: opaque, never reused.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// How far it has come.
    async fn state(&self) -> ReviewState {
        self.0.state.into()
    }

    /// Whose recording it is about.
    async fn track(&self, context: &Context<'_>) -> Result<Option<Track>, Error> {
        own(context, self.0.track_id).await
    }

    /// What it sounds like, for admins and for whoever owns that too; null for everybody else, and once it is deleted.
    async fn matched(&self, context: &Context<'_>) -> Result<Option<Track>, Error> {
        own(context, self.0.matched_track_id).await
    }

    /// How much alike they sound where they overlap: 0.5 would be chance, 1 the same.
    async fn similarity(&self) -> f64 {
        self.0.likeness.similarity
    }

    /// By how many milliseconds the same sound comes later in the matched recording; negative when it comes earlier there.
    async fn offset_ms(&self) -> i64 {
        self.0.likeness.offset_ms
    }

    /// For how many milliseconds they overlap; at most the first two minutes are compared.
    async fn overlap_ms(&self) -> u64 {
        self.0.likeness.overlap_ms
    }

    /// When the match was found.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// When it was last decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decision.as_ref().map(|decision| decision.at)
    }

    /// Which admin decided; null for everybody but admins.
    async fn decided_by(&self, context: &Context<'_>) -> Option<User> {
        let is_admin = viewer(context).session().is_some_and(|session| session.role == Role::Admin);
        self.0.decision.as_ref().filter(|_| is_admin).map(|decision| decision.by.into())
    }

    /// The admin's words to the owner.
    async fn reason(&self) -> Option<&str> {
        self.0.decision.as_ref()?.reason.as_ref().map(Reason::as_str)
    }
}

/// The track, where the viewer may know all of it.
async fn own(context: &Context<'_>, id: kernel::id::TrackId) -> Result<Option<Track>, Error> {
    Ok(loader::load(context, id).await?.filter(|track| track.belongs_to(viewer(context))).map(Track))
}
