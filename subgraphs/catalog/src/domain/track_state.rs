//! How far a track has come.

use std::fmt;

/// How far a track has come on its way to listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackState {
    /// It has no sound yet.
    Draft,
    /// Its sound has been uploaded and waits to be processed.
    Uploaded,
    /// Its sound is being processed.
    Processing {
        /// 0 to 100; never falls for one upload.
        percent: u8,
    },
    /// It sounds like another recording: an admin decides whether it can be published.
    Held {
        /// Whether its owner wants it published as soon as it is allowed.
        publish_wanted: bool,
    },
    /// An admin has decided that it cannot be published.
    Rejected,
    /// It can be published.
    Ready,
    /// Its upload could not be processed.
    Failed {
        /// A sentence for the person who uploaded it.
        reason: String,
    },
    /// Anyone may stream it.
    Published,
}

impl TrackState {
    /// The name in the schema, the store and refusals.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Uploaded => "UPLOADED",
            Self::Processing { .. } => "PROCESSING",
            Self::Held { .. } => "HELD",
            Self::Rejected => "REJECTED",
            Self::Ready => "READY",
            Self::Failed { .. } => "FAILED",
            Self::Published => "PUBLISHED",
        }
    }

    /// Whether processing is over, well or not: nothing changes now but by its owner or an admin.
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Rejected | Self::Ready | Self::Failed { .. } | Self::Published)
    }

    /// How much of the processing is done, 0 to 100.
    pub const fn percent(&self) -> u8 {
        match self {
            Self::Draft | Self::Uploaded | Self::Failed { .. } => 0,
            Self::Processing { percent } => *percent,
            Self::Held { .. } | Self::Rejected | Self::Ready | Self::Published => 100,
        }
    }
}

/// The track's state does not allow this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct IllegalTransition {
    /// The state the track is in.
    pub from: &'static str,
    /// What would help, for the person who tried.
    pub advice: &'static str,
}

impl fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the track is {}: {}", self.from, self.advice)
    }
}
