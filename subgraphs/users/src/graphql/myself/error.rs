//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::avatars::AvatarError;
use crate::application::preferences::PreferencesError;
use crate::graphql::told::{Tells, Told};

impl Tells for PreferencesError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Changed => Told::About(ErrorKind::Conflict, "version"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for AvatarError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
