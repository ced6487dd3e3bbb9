//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::delete_account::DeleteAccountError;
use crate::application::export_data::ExportDataError;
use crate::graphql::told::{Tells, Told};

impl Tells for ExportDataError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "id"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for DeleteAccountError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Proof(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
