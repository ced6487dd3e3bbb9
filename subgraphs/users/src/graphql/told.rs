//! The one rule by which a use case's failure becomes what the world is told. Each failure says in one place what it is told as.

use std::fmt;

use async_graphql::Error;
use kernel::viewer::AccessError;
use kernel::{ErrorKind, InvalidField, PortError};
use platform::graphql::{PublicError, unexpected};

/// What a failure is told as.
pub(super) enum Told<'a> {
    /// The same as its cause.
    As(&'a dyn Tells),
    /// A kind, about nothing in particular.
    Kind(ErrorKind),
    /// A kind, about a field of the input.
    About(ErrorKind, &'a str),
    /// Our fault, or that of what we depend on: nobody expected it.
    Unexpected(&'a PortError),
}

/// A failure that the world may be told.
pub(super) trait Tells: std::error::Error {
    /// As what.
    fn told(&self) -> Told<'_>;
}

/// What a resolver answers for `error`.
pub(super) fn graphql_error(error: &dyn Tells) -> Error {
    platform::graphql::graphql_error(&Public(error))
}

impl Tells for InvalidField {
    fn told(&self) -> Told<'_> {
        Told::About(ErrorKind::BadUserInput, self.field)
    }
}

impl Tells for AccessError {
    fn told(&self) -> Told<'_> {
        Told::Kind(self.kind())
    }
}

impl Tells for PortError {
    fn told(&self) -> Told<'_> {
        Told::Kind(self.kind())
    }
}

struct Public<'a>(&'a dyn Tells);

impl fmt::Debug for Public<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Public<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl std::error::Error for Public<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl PublicError for Public<'_> {
    fn kind(&self) -> ErrorKind {
        match self.0.told() {
            Told::As(cause) => Public(cause).kind(),
            Told::Kind(kind) | Told::About(kind, _) => kind,
            Told::Unexpected(error) => unexpected(error),
        }
    }

    fn field(&self) -> Option<&str> {
        let mut told = self.0.told();
        while let Told::As(cause) = told {
            told = cause.told();
        }
        match told {
            Told::About(_, field) => Some(field),
            _ => None,
        }
    }
}
