//! Who a request is for. Made by the gateway from a verified token, carried to every subgraph, trusted by use cases.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ErrorKind;
use crate::id::{SessionId, UserId};

/// What an account may do beyond listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Listens.
    User,
    /// Publishes under own artist profiles.
    Artist,
    /// Runs the service: may edit everything.
    Admin,
}

/// A signed-in viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose account.
    pub user_id: UserId,
    /// Which sign-in.
    pub session_id: SessionId,
    /// The account's role when the token was made.
    pub role: Role,
    /// When the token that proved this ends; live operations end with it.
    pub expires_at: DateTime<Utc>,
}

/// Who a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A signed-in person.
    SignedIn(Session),
}

/// A viewer lacked what a use case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Nobody is signed in.
    #[error("sign in first")]
    Unauthenticated,
    /// Somebody is, but may not do this.
    #[error("you may not do this")]
    Forbidden,
}

impl AccessError {
    /// The kind a client sees.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Unauthenticated => ErrorKind::Unauthenticated,
            Self::Forbidden => ErrorKind::Forbidden,
        }
    }
}

impl Viewer {
    /// The signed-in session, if any.
    pub const fn session(&self) -> Option<&Session> {
        match self {
            Self::Anonymous => None,
            Self::SignedIn(session) => Some(session),
        }
    }

    /// The signed-in person's id, if any.
    pub fn user_id(&self) -> Option<UserId> {
        self.session().map(|session| session.user_id)
    }

    /// The session, or the refusal a use case returns.
    pub fn require_session(&self) -> Result<&Session, AccessError> {
        self.session().ok_or(AccessError::Unauthenticated)
    }

    /// Passes the owner and every admin.
    pub fn require_owner(&self, owner: UserId) -> Result<&Session, AccessError> {
        let session = self.require_session()?;
        if session.user_id == owner || session.role == Role::Admin { Ok(session) } else { Err(AccessError::Forbidden) }
    }

    /// Passes admins only.
    pub fn require_admin(&self) -> Result<&Session, AccessError> {
        let session = self.require_session()?;
        if session.role == Role::Admin { Ok(session) } else { Err(AccessError::Forbidden) }
    }
}
