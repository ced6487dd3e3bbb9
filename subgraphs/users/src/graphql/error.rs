//! What each use case's failure tells the world.

use kernel::ErrorKind;

use crate::application::become_artist::BecomeArtistError;
use crate::application::create_account::CreateAccountError;
use crate::application::grant_premium::GrantPremiumError;
use crate::application::refresh_session::RefreshSessionError;
use crate::application::register::RegisterError;
use crate::application::set_user_role::SetUserRoleError;
use crate::application::sign_in::SignInError;
use crate::application::sign_out::SignOutError;
use crate::application::update_profile::UpdateProfileError;
use crate::graphql::told::{Tells, Told};

impl Tells for CreateAccountError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::Taken { field } => Told::About(ErrorKind::Conflict, field),
            Self::Alike => Told::About(ErrorKind::Conflict, "username"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RegisterError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Account(error) => Told::As(error),
            Self::Session(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for SignInError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Enter(error) => Told::As(error),
            Self::Throttled(error) => Told::As(error),
            Self::WrongCredentials => Told::Kind(ErrorKind::Unauthenticated),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for RefreshSessionError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Refused => Told::Kind(ErrorKind::Unauthenticated),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for SignOutError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for UpdateProfileError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Access(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for BecomeArtistError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for GrantPremiumError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::Invalid(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "userId"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}

impl Tells for SetUserRoleError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Access(error) => Told::As(error),
            Self::NotFound => Told::About(ErrorKind::NotFound, "userId"),
            Self::OwnRole => Told::About(ErrorKind::Conflict, "userId"),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
