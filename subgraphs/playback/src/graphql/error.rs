//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::read_waveform::ReadWaveformError;

impl PublicError for ReadWaveformError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Port(error) => unexpected(error),
        }
    }
}
