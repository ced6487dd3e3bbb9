//! Why a partner's organisation or key stays as it was.

use kernel::viewer::AccessError;
use kernel::{InvalidField, PortError};

use super::ask_second_factor::AskSecondFactorError;

/// The failure of all use cases about organisations and keys.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Nobody is signed in, or somebody who may not do this.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The second factor is not proved.
    #[error(transparent)]
    SecondFactor(#[from] AskSecondFactorError),
    /// There is no such thing, or none that the viewer may know of.
    #[error("there is no such {what}")]
    NotFound {
        /// The argument that named it.
        field: &'static str,
        /// What it named.
        what: &'static str,
    },
    /// The organisation or the key is not in a state for this.
    #[error("{message}")]
    Conflict {
        /// The argument that is to blame.
        field: &'static str,
        /// Why, for the person who asked.
        message: String,
    },
    /// A port failed.
    #[error("the organisation or key cannot be changed")]
    Port(#[source] PortError),
}

impl PartnerError {
    pub(super) fn conflict(field: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { field, message: message.into() }
    }
}

impl From<PortError> for PartnerError {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}
