//! What happens to a recording that is known already.
//!
//! The same artist's recording on a single, an album and a compilation is everyday: a match with a track of the same owner alone holds
//! nothing back, and is only told to the owner. A match with anybody else's track does, and so does one with a recording that was
//! itself held or rejected: sending it in again is no way round a decision. Who came first says nothing of who is right; an admin
//! does, and may think again about a rejection.

use chrono::{DateTime, Utc};
use kernel::InvalidField;
use kernel::id::{ReviewId, TrackId, UploadId, UserId};

use super::fingerprint::Match;

/// Most characters of an admin's words.
const MAX_REASON: usize = 500;

/// How far a review has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// Its owner has the same recording on another track: nothing to decide.
    OwnDuplicate,
    /// An admin has to decide.
    Pending,
    /// It may be published.
    Allowed,
    /// It may not.
    Rejected,
    /// Another recording took its place before anybody decided.
    Withdrawn,
}

impl ReviewState {
    /// All.
    pub const ALL: [Self; 5] = [Self::OwnDuplicate, Self::Pending, Self::Allowed, Self::Rejected, Self::Withdrawn];

    /// The name in the schema and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnDuplicate => "OWN_DUPLICATE",
            Self::Pending => "PENDING",
            Self::Allowed => "ALLOWED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// A recording that sounds like another.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingReview {
    /// The id.
    pub id: ReviewId,
    /// Whose recording it is about.
    pub track_id: TrackId,
    /// Which of its recordings.
    pub upload_id: UploadId,
    /// What it sounds like; perhaps deleted since.
    pub matched_track_id: TrackId,
    /// How much alike they are, and where.
    pub likeness: Match,
    /// How far it has come.
    pub state: ReviewState,
    /// When it was begun.
    pub opened_at: DateTime<Utc>,
    /// What was decided, by whom; the last decision counts.
    pub decision: Option<Decision>,
}

/// What an admin decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Words to the owner.
    pub reason: Option<Reason>,
}

/// An admin's words to an owner: 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// `None` when the text is blank.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        let text = text.trim();
        if text.chars().nth(MAX_REASON).is_some() {
            return Err(InvalidField::new("reason", format!("must not have more than {MAX_REASON} characters")));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(InvalidField::new("reason", "must not have control characters"));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// There is nothing left to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the review is {}: there is nothing to decide", .0.name())]
pub struct Settled(pub ReviewState);

impl RecordingReview {
    /// The recording may be published.
    pub fn allow(&mut self, decision: Decision) -> Result<(), Settled> {
        self.settle(ReviewState::Allowed, decision, matches!(self.state, ReviewState::Pending | ReviewState::Rejected))
    }

    /// It may not.
    pub fn reject(&mut self, decision: Decision) -> Result<(), Settled> {
        self.settle(ReviewState::Rejected, decision, self.state == ReviewState::Pending)
    }

    fn settle(&mut self, state: ReviewState, decision: Decision, open: bool) -> Result<(), Settled> {
        if !open {
            return Err(Settled(self.state));
        }
        self.state = state;
        self.decision = Some(decision);
        Ok(())
    }
}

/// A recording that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownRecording {
    /// Whose.
    pub track_id: TrackId,
    /// Its track's owner.
    pub owner_id: UserId,
    /// Whether it was held back itself.
    pub condemned: bool,
}

impl KnownRecording {
    /// Whether a recording of `owner` that sounds like this one is to be held back.
    pub fn holds_back(&self, owner: UserId) -> bool {
        self.owner_id != owner || self.condemned
    }
}

/// Of the recordings that one of `owner`'s sounds like, the one to show: first those that hold it back, the most alike of them.
pub fn telling_match(owner: UserId, matches: &[(KnownRecording, Match)]) -> Option<(KnownRecording, Match)> {
    let rank = |(known, found): &(KnownRecording, Match)| (known.holds_back(owner), found.similarity);
    matches.iter().copied().max_by(|a, b| {
        let ((held, alike), (other_held, other_alike)) = (rank(a), rank(b));
        held.cmp(&other_held).then(alike.total_cmp(&other_alike))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Clock as _, IdGenerator, OsRandomness, SystemClock};

    use super::*;

    fn ids() -> IdGenerator {
        IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
    }

    fn alike(similarity: f64) -> Match {
        Match { similarity, offset_ms: 0, overlap_ms: 60_000 }
    }

    #[test]
    fn others_recordings_hold_back_and_ones_own_do_not_unless_they_were_held_back() {
        let ids = ids();
        let (ada, eve) = (ids.next(), ids.next());
        let known = |owner_id, condemned| KnownRecording { track_id: ids.next(), owner_id, condemned };
        let (own, condemned, others) = (known(ada, false), known(ada, true), known(eve, false));
        assert_eq!([own, condemned, others].map(|known| known.holds_back(ada)), [false, true, true]);
        let told = |matches: &[(KnownRecording, Match)]| telling_match(ada, matches).map(|(known, _)| known.track_id);
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[(own, alike(0.9))]), Some(own.track_id));
        assert_eq!(told(&[(own, alike(1.0)), (others, alike(0.9)), (condemned, alike(0.95))]), Some(condemned.track_id));
    }

    #[test]
    fn a_decision_is_made_once_but_a_rejection_can_be_taken_back() {
        let ids = ids();
        let decision = || Decision { by: ids.next(), at: SystemClock.now(), reason: Reason::parse("a cover").unwrap() };
        let in_state = |state| RecordingReview {
            id: ids.next(),
            track_id: ids.next(),
            upload_id: ids.next(),
            matched_track_id: ids.next(),
            likeness: alike(0.9),
            state,
            opened_at: SystemClock.now(),
            decision: None,
        };
        for state in ReviewState::ALL {
            let (mut one, mut other) = (in_state(state), in_state(state));
            assert_eq!(one.allow(decision()).is_ok(), matches!(state, ReviewState::Pending | ReviewState::Rejected), "{state:?}");
            assert_eq!(other.reject(decision()).is_ok(), state == ReviewState::Pending, "{state:?}");
        }
    }

    #[test]
    fn reasons_are_short() {
        assert_eq!(Reason::parse("  "), Ok(None));
        assert!(Reason::parse(&"é".repeat(500)).is_ok());
        for text in [&"é".repeat(501), "a\0b"] {
            assert_eq!(Reason::parse(text).unwrap_err().field, "reason");
        }
    }
}
