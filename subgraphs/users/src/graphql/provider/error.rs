//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::link_provider::LinkProviderError;
use crate::application::redeem_flow::RedeemFlowError;
use crate::application::sign_in_with_provider::SignInWithProviderError;

impl PublicError for RedeemFlowError {
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

impl PublicError for SignInWithProviderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Redeem(error) => error.kind(),
            Self::AddressInUse => ErrorKind::Conflict,
            Self::Account(error) => error.kind(),
            Self::Enter(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Redeem(error) => error.field(),
            Self::AddressInUse => Some("email"),
            Self::Account(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for LinkProviderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Redeem(error) => error.kind(),
            Self::SecondFactor(error) => error.kind(),
            Self::Linked | Self::LastWayIn => ErrorKind::Conflict,
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Redeem(error) => error.field(),
            Self::SecondFactor(error) => error.field(),
            Self::NotFound | Self::LastWayIn => Some("id"),
            _ => None,
        }
    }
}
