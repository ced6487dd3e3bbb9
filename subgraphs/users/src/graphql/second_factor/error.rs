//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::ask_second_factor::AskSecondFactorError;
use crate::application::begin_second_factor::BeginSecondFactorError;
use crate::application::complete_sign_in::CompleteSignInError;
use crate::application::confirm_second_factor::ConfirmSecondFactorError;
use crate::application::enter::EnterError;
use crate::application::renew_recovery_codes::RenewRecoveryCodesError;
use crate::application::reset_second_factor::ResetSecondFactorError;
use crate::application::second_factors::FindSecondFactorError;
use crate::application::turn_second_factor_off::TurnSecondFactorOffError;

impl PublicError for AskSecondFactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::ChallengeGone => ErrorKind::Unauthenticated,
            Self::Throttled(error) => error.kind(),
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

impl PublicError for EnterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Suspended => ErrorKind::Forbidden,
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for CompleteSignInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ChallengeGone => ErrorKind::Unauthenticated,
            Self::Code(error) => error.kind(),
            Self::Suspended => ErrorKind::Forbidden,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Code(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for BeginSecondFactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::AlreadyOn => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for ConfirmSecondFactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NothingBegun => ErrorKind::Conflict,
            Self::Throttled(error) => error.kind(),
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

impl PublicError for TurnSecondFactorOffError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::NotOn => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for RenewRecoveryCodesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::NotOn => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for ResetSecondFactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Own | Self::NotOn => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            Self::Invalid(error) => Some(error.field),
            Self::NotFound | Self::Own | Self::NotOn => Some("userId"),
            _ => None,
        }
    }
}

impl PublicError for FindSecondFactorError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}
