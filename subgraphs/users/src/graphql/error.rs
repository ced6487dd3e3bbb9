//! What each use case's failure tells the world.

use kernel::ErrorKind;
use platform::graphql::{PublicError, unexpected};

use crate::application::become_artist::BecomeArtistError;
use crate::application::create_account::CreateAccountError;
use crate::application::grant_premium::GrantPremiumError;
use crate::application::refresh_session::RefreshSessionError;
use crate::application::register::RegisterError;
use crate::application::set_user_role::SetUserRoleError;
use crate::application::sign_in::SignInError;
use crate::application::sign_out::SignOutError;
use crate::application::update_profile::UpdateProfileError;

impl PublicError for CreateAccountError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Taken { .. } | Self::Alike => ErrorKind::Conflict,
            Self::Throttled(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::Taken { field } => Some(field),
            Self::Alike => Some("username"),
            Self::Throttled(_) | Self::Port(_) => None,
        }
    }
}

impl PublicError for RegisterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Account(error) => error.kind(),
            Self::Session(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Account(error) => error.field(),
            Self::Session(_) => None,
        }
    }
}

impl PublicError for SignInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::WrongCredentials => ErrorKind::Unauthenticated,
            Self::Enter(error) => error.kind(),
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

impl PublicError for RefreshSessionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(error) => error.kind(),
            Self::Refused => ErrorKind::Unauthenticated,
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

impl PublicError for SignOutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for UpdateProfileError {
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
            _ => None,
        }
    }
}

impl PublicError for BecomeArtistError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Port(error) => unexpected(error),
        }
    }
}

impl PublicError for GrantPremiumError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::Invalid(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(error) => Some(error.field),
            Self::NotFound => Some("userId"),
            _ => None,
        }
    }
}

impl PublicError for SetUserRoleError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Access(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::OwnRole => ErrorKind::Conflict,
            Self::Port(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NotFound | Self::OwnRole => Some("userId"),
            _ => None,
        }
    }
}
