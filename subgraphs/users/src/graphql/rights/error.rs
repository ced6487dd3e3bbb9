//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::delete_account::DeleteAccountError;
use crate::application::export_data::ExportDataError;

impl PublicError for ExportDataError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Throttled(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        matches!(self, Self::NotFound).then_some("id")
    }
}

impl PublicError for DeleteAccountError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            Self::Access(_) | Self::Port(_) => None,
        }
    }
}
