//! A partner: some people, and how much their programs may ask for.

use chrono::{DateTime, Utc};
use kernel::id::{OrganisationId, UserId};
use kernel::viewer::AccessError;
use kernel::{InvalidField, Role, Viewer};

const MAX_NAME: usize = 80;
/// Members an organisation may have.
pub const MAX_MEMBERS: usize = 50;
/// Organisations one person may own: each brings a quota of its own.
pub const MAX_OWNED: usize = 3;

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What it is called.
    pub name: OrganisationName,
    /// What all its keys may use together.
    pub limits: Limits,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Its people; at least one owner.
    pub members: Vec<Member>,
}

/// Requests that keys may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In a minute.
    pub per_minute: u32,
    /// In a day.
    pub per_day: u32,
}

/// One of an organisation's people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Whose account.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberRole {
    /// Makes, rotates and revokes keys.
    Member,
    /// Also says who is a member.
    Owner,
}

/// What an organisation is called: 1 to 80 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationName(String);

impl OrganisationName {
    /// A person's text, or why it cannot be a name.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        one_line("name", text, MAX_NAME).map(Self)
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Organisation {
    /// What `user` may do here; none for a stranger.
    pub fn role_of(&self, user: UserId) -> Option<MemberRole> {
        self.members.iter().find(|member| member.user_id == user).map(|member| member.role)
    }

    /// Who asks, when they have at least `role` here or are an admin. To strangers an organisation is not there: `None`.
    pub fn require(&self, viewer: &Viewer, role: MemberRole) -> Result<Option<UserId>, AccessError> {
        let session = viewer.require_session()?;
        if session.role == Role::Admin {
            return Ok(Some(session.user_id));
        }
        match self.role_of(session.user_id) {
            Some(held) if held >= role => Ok(Some(session.user_id)),
            Some(_) => Err(AccessError::Forbidden),
            None => Ok(None),
        }
    }
}

/// `text` without blanks around it, when it is one line of 1 to `max` characters.
pub(super) fn one_line(field: &'static str, text: &str, max: usize) -> Result<String, InvalidField> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidField::new(field, "must not be empty"));
    }
    // Counting stops early: the text may be huge.
    if text.chars().nth(max).is_some() {
        return Err(InvalidField::new(field, format!("must not have more than {max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidField::new(field, "must be one line without control characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Clock as _, IdGenerator, OsRandomness, Session, SystemClock};

    use super::*;

    #[test]
    fn members_do_their_part_and_strangers_see_nothing() {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        let (owner, member, stranger): (UserId, UserId, UserId) = (ids.next(), ids.next(), ids.next());
        let now = SystemClock.now();
        let organisation = Organisation {
            id: ids.next(),
            name: OrganisationName::parse(" Radio Nord ").unwrap(),
            limits: Limits { per_minute: 1, per_day: 1 },
            created_at: now,
            members: vec![Member { user_id: owner, role: MemberRole::Owner, since: now }, Member { user_id: member, role: MemberRole::Member, since: now }],
        };
        let as_role = |user_id, role| Viewer::SignedIn(Session { user_id, session_id: ids.next(), role, premium_until: None, expires_at: now });
        let viewer = |user_id| as_role(user_id, Role::User);
        assert_eq!(organisation.name.as_str(), "Radio Nord");
        assert_eq!(organisation.require(&viewer(owner), MemberRole::Owner), Ok(Some(owner)));
        assert_eq!(organisation.require(&viewer(member), MemberRole::Member), Ok(Some(member)));
        assert_eq!(organisation.require(&viewer(member), MemberRole::Owner), Err(AccessError::Forbidden));
        assert_eq!(organisation.require(&viewer(stranger), MemberRole::Member), Ok(None));
        assert_eq!(organisation.require(&as_role(stranger, Role::Admin), MemberRole::Owner), Ok(Some(stranger)));
        assert_eq!(organisation.require(&Viewer::Anonymous, MemberRole::Member), Err(AccessError::Unauthenticated));
    }

    #[test]
    fn names_are_one_line() {
        for text in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert_eq!(OrganisationName::parse(text).unwrap_err().field, "name");
        }
    }
}
