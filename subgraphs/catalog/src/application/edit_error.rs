//! Why nothing was made, changed or removed. One enum for artists, albums and tracks: the same can go wrong with each.

use kernel::viewer::AccessError;
use kernel::{InvalidField, PortError};

use super::ports::{CHANGED, DUPLICATE};

/// Why nothing was made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Nobody is signed in, or somebody who is not the owner.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A listener wants to make an artist.
    #[error("only artists may do this: call becomeArtist first")]
    NotAnArtist,
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A field names what is not there.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The field that named it.
        field: &'static str,
    },
    /// The name or title is there already.
    #[error("there is one of this {field} already")]
    Duplicate {
        /// The field that holds it.
        field: &'static str,
    },
    /// Somebody else changed it at the same time.
    #[error("it was changed by somebody else at the same time: look at it and try again")]
    Changed,
    /// A port failed.
    #[error("the catalog cannot be changed")]
    Port(#[source] PortError),
}

impl EditError {
    /// What a repository's refusal means when `field` holds the name or title.
    pub(super) fn of(field: &'static str) -> impl Fn(PortError) -> Self {
        move |error| match &error {
            PortError::Conflict { constraint } if constraint == DUPLICATE => Self::Duplicate { field },
            PortError::Conflict { constraint } if constraint == CHANGED => Self::Changed,
            _ => Self::Port(error),
        }
    }
}
