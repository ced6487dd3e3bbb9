//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::discard_mail::DiscardMailError;
use crate::application::list_undelivered::ListUndeliveredError;
use crate::application::retry_mail::RetryMailError;

impl PublicError for ListUndeliveredError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for RetryMailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        matches!(self, Self::NotFound).then_some("id")
    }
}

impl PublicError for DiscardMailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        matches!(self, Self::NotFound).then_some("id")
    }
}
