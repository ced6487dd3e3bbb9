//! What each use case's failure tells the world.

use async_graphql::{Error, ErrorExtensions as _};
use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::decide_review::DecideReviewError;
use crate::application::edit_error::EditError;
use crate::application::follow_track::FollowTrackError;
use crate::application::list_catalog::ListError;
use crate::application::publish_track::PublishTrackError;
use crate::application::receive_upload::ReceiveUploadError;
use crate::application::upload_artwork::UploadArtworkError;
use crate::application::upload_error::UploadError;

/// Something was deleted while it was being read.
pub(super) fn gone(what: &str) -> Error {
    Error::new(format!("the {what} was deleted meanwhile")).extend_with(|_, extensions| extensions.set("code", ErrorKind::NotFound.code()))
}

impl PublicError for EditError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotAnArtist => ErrorKind::Forbidden,
            Self::Invalid(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Duplicate { .. } | Self::Changed => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::NotFound { field, .. } | Self::Duplicate { field } => Some(field),
            Self::Access(_) | Self::NotAnArtist | Self::Changed | Self::Port(_) => None,
        }
    }
}

impl PublicError for PublishTrackError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Edit(error) => error.kind(),
            Self::State(_) => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Edit(error) => error.field(),
            Self::State(_) => Some("id"),
        }
    }
}

impl PublicError for UploadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Subject(error) => error.kind(),
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NoUpload => ErrorKind::NotFound,
            Self::State { .. } | Self::NotReceived | Self::Changed => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Subject(error) => error.field(),
            Self::Invalid(error) => Some(error.field),
            Self::State { field, .. } => Some(field),
            Self::NoUpload | Self::NotReceived => Some("uploadId"),
            Self::Access(_) | Self::Changed | Self::Port(_) => None,
        }
    }
}

impl PublicError for UploadArtworkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Upload(error) => error.kind(),
            Self::Receive(ReceiveUploadError::NotOfMediaType { .. }) => ErrorKind::BadUserInput,
            Self::Receive(ReceiveUploadError::Port(error)) => unexpected(error),
            // What else a sender can do wrong, its bytes and claim being at hand, it cannot.
            Self::Receive(_) => ErrorKind::Internal,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            // What is claimed of the file was read off it.
            Self::Upload(error) => error.field().map(|field| if matches!(field, "mediaType" | "sizeBytes" | "sha256") { "file" } else { field }),
            Self::Receive(ReceiveUploadError::NotOfMediaType { .. }) => Some("file"),
            Self::Receive(_) => None,
        }
    }
}

impl PublicError for ListError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::Access(_) | Self::Port(_) => None,
        }
    }
}

impl PublicError for FollowTrackError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NotFound => Some("trackId"),
            Self::Access(_) | Self::Port(_) => None,
        }
    }
}

impl PublicError for DecideReviewError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Settled(_) | Self::State(_) | Self::Changed => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::NotFound | Self::Settled(_) | Self::State(_) => Some("reviewId"),
            Self::Access(_) | Self::Changed | Self::Port(_) => None,
        }
    }
}
