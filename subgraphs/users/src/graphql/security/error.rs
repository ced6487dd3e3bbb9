//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::change_password::ChangePasswordError;
use crate::application::confirm_email_change::ConfirmEmailChangeError;
use crate::application::list_sessions::ListSessionsError;
use crate::application::one_time_link::OneTimeLinkError;
use crate::application::prove_again::ProveAgainError;
use crate::application::read_audit::ReadAuditError;
use crate::application::request_email_change::RequestEmailChangeError;
use crate::application::request_email_verification::RequestEmailVerificationError;
use crate::application::request_password_reset::RequestPasswordResetError;
use crate::application::reset_password::ResetPasswordError;
use crate::application::revoke_sessions::RevokeSessionsError;
use crate::application::suspend_user::SuspendUserError;
use crate::application::throttle::ThrottleError;
use crate::application::verify_email::VerifyEmailError;
use crate::graphql::told::{Tells, Told};

impl Tells for ThrottleError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::TooMany { .. } => Told::Kind(ErrorKind::RateLimited),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for OneTimeLinkError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Refused(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ProveAgainError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::SecondFactor(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for VerifyEmailError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Link(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RequestEmailVerificationError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RequestPasswordResetError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ResetPasswordError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Link(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ChangePasswordError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Proof(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RequestEmailChangeError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Proof(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ConfirmEmailChangeError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Link(error) => Told::As(error),
            Self::Taken => Told::About(ErrorKind::Conflict, "email"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ListSessionsError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RevokeSessionsError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "id"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for SuspendUserError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "userId"),
            Self::Own => Told::About(ErrorKind::Conflict, "userId"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for ReadAuditError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
