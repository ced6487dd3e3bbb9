//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::ask_second_factor::AskSecondFactorError;
use crate::application::begin_second_factor::BeginSecondFactorError;
use crate::application::complete_sign_in::CompleteSignInError;
use crate::application::confirm_second_factor::ConfirmSecondFactorError;
use crate::application::enter::EnterError;
use crate::application::renew_recovery_codes::RenewRecoveryCodesError;
use crate::application::reset_second_factor::ResetSecondFactorError;
use crate::application::second_factors::FindSecondFactorError;
use crate::application::turn_second_factor_off::TurnSecondFactorOffError;
use crate::graphql::told::{Tells, Told};

impl Tells for AskSecondFactorError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::ChallengeGone => Told::Kind(ErrorKind::Unauthenticated),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for EnterError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Suspended => Told::Kind(ErrorKind::Forbidden),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for CompleteSignInError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::ChallengeGone => Told::Kind(ErrorKind::Unauthenticated),
            Self::Code(error) => Told::As(error),
            Self::Suspended => Told::Kind(ErrorKind::Forbidden),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for BeginSecondFactorError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Proof(error) => Told::As(error),
            Self::AlreadyOn => Told::Kind(ErrorKind::Conflict),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ConfirmSecondFactorError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::NothingBegun => Told::Kind(ErrorKind::Conflict),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for TurnSecondFactorOffError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Proof(error) => Told::As(error),
            Self::NotOn => Told::Kind(ErrorKind::Conflict),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RenewRecoveryCodesError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Proof(error) => Told::As(error),
            Self::NotOn => Told::Kind(ErrorKind::Conflict),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ResetSecondFactorError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Proof(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "userId"),
            Self::Own | Self::NotOn => Told::About(ErrorKind::Conflict, "userId"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for FindSecondFactorError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
