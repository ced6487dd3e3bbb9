//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::accept_space::AcceptSpaceError;
use crate::application::find_similar::FindSimilarError;
use crate::application::read_embeddings::ReadEmbeddingsError;
use crate::application::request_rebuild::RequestRebuildError;
use crate::application::set_favourite_genres::SetFavouriteGenresError;

impl PublicError for SetFavouriteGenresError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NoProfile => ErrorKind::Conflict,
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

impl PublicError for FindSimilarError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for RequestRebuildError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for ReadEmbeddingsError {
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

impl PublicError for AcceptSpaceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Empty | Self::Unfinished(_) => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NotFound | Self::Empty | Self::Unfinished(_) => Some("name"),
            _ => None,
        }
    }
}
