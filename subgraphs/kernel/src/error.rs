//! The kinds of failure that cross a boundary. Each use case has its own enum; each of its variants maps to one of these.

use std::error::Error;

/// What a caller can do about a failure; the codes of `extensions.code` in every GraphQL answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Sign in first, or again.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// No such thing, or none that the viewer may know of.
    NotFound,
    /// The state of the world is another than the caller assumed.
    Conflict,
    /// A field of the input is wrong; the error names it.
    BadUserInput,
    /// Too many requests; try again later.
    RateLimited,
    /// Something this depends on does not answer; the same request may succeed later.
    Unavailable,
    /// Our fault. Details are in the log under the request id, never in the answer.
    Internal,
}

impl ErrorKind {
    /// The value of `extensions.code`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A field of an input that cannot be accepted, and why, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct InvalidField {
    /// The input's field as the schema names it, in camelCase (`durationMs`).
    pub field: &'static str,
    /// What is wrong and what would be right; no internals.
    pub message: String,
}

impl InvalidField {
    /// `field` as the schema names it; `message` for the person who sent it.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// What any port may answer instead of success.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The thing asked for is not there.
    #[error("not found")]
    NotFound,
    /// A uniqueness or version rule of the store was hit; `constraint` names it where the store tells.
    #[error("conflict on {constraint}")]
    Conflict {
        /// The index, column list or key that was hit.
        constraint: String,
    },
    /// The store cannot be reached or is too busy; trying again later may help.
    #[error("unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What the store holds or answered makes no sense; trying again will not help.
    #[error("corrupt")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
}

impl PortError {
    /// An [`Unavailable`](Self::Unavailable) from any error or text.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A [`Corrupt`](Self::Corrupt) from any error or text.
    pub fn corrupt(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt(source.into())
    }

    /// The kind a client sees.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt(_) => ErrorKind::Internal,
        }
    }
}
