//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

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

impl PublicError for ThrottleError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for OneTimeLinkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => Some(error.field),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for ProveAgainError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Throttled(error) => error.kind(),
            Self::SecondFactor(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::SecondFactor(error) => error.field(),
            _ => None,
        }
    }
}

impl PublicError for VerifyEmailError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Link(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Link(error) => error.field(),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for RequestEmailVerificationError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Throttled(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for RequestPasswordResetError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Throttled(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::Throttled(_) | Self::Port(_) => None,
        }
    }
}

impl PublicError for ResetPasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Link(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Link(error) => error.field(),
            Self::Invalid(error) => Some(error.field),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for ChangePasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            Self::Invalid(error) => Some(error.field),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for RequestEmailChangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Proof(error) => error.field(),
            Self::Invalid(error) => Some(error.field),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for ConfirmEmailChangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Link(error) => error.kind(),
            Self::Taken => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Link(error) => error.field(),
            Self::Taken => Some("email"),
            Self::Port(_) => None,
        }
    }
}

impl PublicError for ListSessionsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for RevokeSessionsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NotFound => Some("id"),
            _ => None,
        }
    }
}

impl PublicError for SuspendUserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Own => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::NotFound | Self::Own => Some("userId"),
            _ => None,
        }
    }
}

impl PublicError for ReadAuditError {
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
