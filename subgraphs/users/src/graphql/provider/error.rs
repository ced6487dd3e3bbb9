//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::link_provider::LinkProviderError;
use crate::application::redeem_flow::RedeemFlowError;
use crate::application::sign_in_with_provider::SignInWithProviderError;
use crate::graphql::told::{Tells, Told};

impl Tells for RedeemFlowError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for SignInWithProviderError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Redeem(error) => Told::As(error),
            Self::Account(error) => Told::As(error),
            Self::Enter(error) => Told::As(error),
            Self::AddressInUse => Told::About(ErrorKind::Conflict, "email"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for LinkProviderError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Redeem(error) => Told::As(error),
            Self::SecondFactor(error) => Told::As(error),
            Self::Linked => Told::Kind(ErrorKind::Conflict),
            Self::LastWayIn => Told::About(ErrorKind::Conflict, "id"),
            Self::NotFound => Told::About(ErrorKind::NotFound, "id"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
