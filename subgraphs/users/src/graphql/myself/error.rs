//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::avatars::AvatarError;
use crate::application::preferences::PreferencesError;

impl PublicError for PreferencesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Changed => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::Changed => Some("version"),
            _ => None,
        }
    }
}

impl PublicError for AvatarError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            _ => None,
        }
    }
}
