//! Who a request is for. Made by the gateway from a verified token, carried to every subgraph, trusted by use cases.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ErrorKind;
use crate::id::{ApiKeyId, OrganisationId, SessionId, UserId};
use crate::scope::Scope;

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

/// What an account pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// Nothing.
    Free,
    /// All there is.
    Premium,
}

impl Tier {
    /// That of an account which is premium until `premium_until`, at `now`.
    pub fn at(now: DateTime<Utc>, premium_until: Option<DateTime<Utc>>) -> Self {
        if premium_until.is_some_and(|until| now < until) { Self::Premium } else { Self::Free }
    }
}

/// A signed-in viewer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    /// Whose account.
    pub user_id: UserId,
    /// Which sign-in.
    pub session_id: SessionId,
    /// The account's role when the token was made.
    pub role: Role,
    /// Until when the account was premium when the token was made; see [`Tier::at`].
    #[serde(default)]
    pub premium_until: Option<DateTime<Utc>>,
    /// When the token that proved this ends; live operations end with it.
    pub expires_at: DateTime<Utc>,
}

/// A partner's program, known by its API key. It is nobody's account: it may do what its scopes say and what is open to all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Partner {
    /// Which key.
    pub key_id: ApiKeyId,
    /// Whose.
    pub organisation_id: OrganisationId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When the key ends, if it does; live operations end with it.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Who a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A signed-in person.
    SignedIn(Session),
    /// A partner's program.
    Partner(Partner),
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
            Self::Anonymous | Self::Partner(_) => None,
            Self::SignedIn(session) => Some(session),
        }
    }

    /// The partner, if it is one.
    pub const fn partner(&self) -> Option<&Partner> {
        match self {
            Self::Anonymous | Self::SignedIn(_) => None,
            Self::Partner(partner) => Some(partner),
        }
    }

    /// When what proved this ends; never for the anonymous and for keys without an end.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Anonymous => None,
            Self::SignedIn(session) => Some(session.expires_at),
            Self::Partner(partner) => partner.expires_at,
        }
    }

    /// The signed-in person's id, if any.
    pub fn user_id(&self) -> Option<UserId> {
        self.session().map(|session| session.user_id)
    }

    /// The session, or the refusal a use case returns. A partner's key is nobody's session, so signing in is no advice to it.
    pub const fn require_session(&self) -> Result<&Session, AccessError> {
        match self {
            Self::Anonymous => Err(AccessError::Unauthenticated),
            Self::SignedIn(session) => Ok(session),
            Self::Partner(_) => Err(AccessError::Forbidden),
        }
    }

    /// Passes everybody who is signed in, and partners whose key has `scope`.
    pub fn require_scope(&self, scope: Scope) -> Result<(), AccessError> {
        match self {
            Self::Anonymous => Err(AccessError::Unauthenticated),
            Self::SignedIn(_) => Ok(()),
            Self::Partner(partner) if partner.scopes.contains(&scope) => Ok(()),
            Self::Partner(_) => Err(AccessError::Forbidden),
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::IdGenerator;
    use crate::randomness::OsRandomness;

    #[test]
    fn a_partner_may_do_what_its_scopes_say_and_is_nobodys_session() {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        let partner = Viewer::Partner(Partner { key_id: ids.next(), organisation_id: ids.next(), scopes: vec![Scope::PlaybackStream], expires_at: None });
        assert_eq!(partner.require_scope(Scope::PlaybackStream), Ok(()));
        assert_eq!(partner.require_scope(Scope::UsageRead), Err(AccessError::Forbidden));
        assert_eq!(partner.require_session(), Err(AccessError::Forbidden));
        assert_eq!(partner.require_owner(ids.next()), Err(AccessError::Forbidden));
        assert_eq!((partner.user_id(), partner.expires_at()), (None, None));
        assert_eq!(Viewer::Anonymous.require_scope(Scope::CatalogRead), Err(AccessError::Unauthenticated));
    }
}
