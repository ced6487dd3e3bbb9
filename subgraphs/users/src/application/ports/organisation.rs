//! Where organisations are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::{OrganisationId, UserId};

use crate::domain::organisation::{Limits, Member, MemberRole, Organisation};

/// The constraint of a [`PortError::Conflict`] over an organisation that would be left without an owner.
pub const LAST_OWNER: &str = "last_owner";

/// Keeps organisations and their members. Every change is one transaction; changes of one organisation happen one after the
/// other.
#[async_trait]
pub trait OrganisationRepository: Send + Sync + 'static {
    /// Adds an organisation with its members.
    async fn add(&self, organisation: &Organisation) -> Result<(), PortError>;

    /// Those of `ids` that exist, with their members in the order they came; as many statements however many.
    async fn find(&self, ids: &[OrganisationId]) -> Result<Vec<Organisation>, PortError>;

    /// Those `user` is a member of, oldest first.
    async fn of_user(&self, user: UserId) -> Result<Vec<Organisation>, PortError>;

    /// Adds a member, or gives one another role. `NotFound` without the organisation; `Conflict` with [`LAST_OWNER`] when nobody
    /// would own it any more.
    async fn put_member(&self, id: OrganisationId, member: &Member) -> Result<(), PortError>;

    /// Removes a member; `false` when they were none. `Conflict` with [`LAST_OWNER`] when nobody would own it any more.
    async fn remove_member(&self, id: OrganisationId, user: UserId) -> Result<bool, PortError>;

    /// Changes what the keys may use together; `NotFound` without the organisation.
    async fn set_limits(&self, id: OrganisationId, limits: Limits) -> Result<(), PortError>;
}

/// The first owner of an organisation.
pub const fn founder(user_id: UserId, since: DateTime<Utc>) -> Member {
    Member { user_id, role: MemberRole::Owner, since }
}
