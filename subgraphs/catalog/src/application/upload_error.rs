//! Why no upload was begun or completed.

use kernel::viewer::AccessError;
use kernel::{InvalidField, PortError};

use super::edit_error::EditError;
use super::ports::CHANGED;
use crate::domain::track_state::IllegalTransition;

/// Why no upload was begun or completed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// What it is for cannot be found, or is not the viewer's.
    #[error(transparent)]
    Subject(#[from] EditError),
    /// Nobody is signed in, or somebody else.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// The track's state does not allow it.
    #[error("{source}")]
    State {
        /// The field that named the track.
        field: &'static str,
        /// Why not.
        source: IllegalTransition,
    },
    /// There is no such upload, or it has been forgotten.
    #[error("there is no such upload")]
    NoUpload,
    /// Its bytes have not been received.
    #[error("the file has not been received: send it to the upload's address first")]
    NotReceived,
    /// Something else happened at the same time.
    #[error("the upload or what it is for was changed at the same time: look at it and try again")]
    Changed,
    /// A port failed.
    #[error("the upload cannot be begun or completed")]
    Port(#[source] PortError),
}

impl From<PortError> for UploadError {
    fn from(error: PortError) -> Self {
        match &error {
            PortError::Conflict { constraint } if constraint == CHANGED => Self::Changed,
            _ => Self::Port(error),
        }
    }
}
