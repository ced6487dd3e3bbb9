//! Organisations and their members.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::api_key::ApiKey;
use super::entity::User;
use super::{loader, partner_loader};
use crate::domain;

/// What a member of an organisation may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::organisation::MemberRole", name = "OrganisationRole")]
pub(super) enum MemberRole {
    /// Makes, rotates and revokes API keys.
    Member,
    /// Also says who is a member.
    Owner,
}

/// A partner: some people, and the API keys of their programs. Only its members and admins see it.
pub(super) struct Organisation {
    organisation: domain::organisation::Organisation,
}

impl From<domain::organisation::Organisation> for Organisation {
    fn from(organisation: domain::organisation::Organisation) -> Self {
        Self { organisation }
    }
}

/// A partner: some people, and the API keys of their programs. Only its members and admins see it.
#[Object]
impl Organisation {
    /// The id: opaque, never reused.
    async fn id(&self) -> ID {
        self.organisation.id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.organisation.name.as_str()
    }

    /// Requests a minute that all its keys may have together.
    async fn per_minute(&self) -> u32 {
        self.organisation.limits.per_minute
    }

    /// Requests a day that all its keys may have together.
    async fn per_day(&self) -> u32 {
        self.organisation.limits.per_day
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.organisation.created_at
    }

    /// Its people, in the order they came; at most 50.
    async fn members(&self) -> Vec<Member> {
        self.organisation.members.iter().cloned().map(|member| Member { member }).collect()
    }

    /// Its API keys, newest first, revoked ones too.
    async fn api_keys(&self, context: &Context<'_>) -> Result<Vec<ApiKey>, Error> {
        let keys = partner_loader::keys_of(context, self.organisation.id).await?;
        Ok(keys.into_iter().map(ApiKey::from).collect())
    }
}

/// One of an organisation's people.
pub(super) struct Member {
    member: domain::organisation::Member,
}

/// One of an organisation's people.
#[Object(name = "OrganisationMember")]
impl Member {
    /// Whose account; null when it is gone.
    async fn user(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        Ok(loader::load(context, self.member.user_id).await?.map(User::from))
    }

    /// What they may do.
    async fn role(&self) -> MemberRole {
        self.member.role.into()
    }

    /// Since when.
    async fn since(&self) -> DateTime<Utc> {
        self.member.since
    }
}

/// A new organisation.
#[derive(InputObject)]
pub(super) struct CreateOrganisationInput {
    /// What it is called: 1 to 80 characters on one line.
    pub(super) name: String,
}

/// Who works for an organisation, and as what.
#[derive(InputObject)]
pub(super) struct PutOrganisationMemberInput {
    /// Which organisation.
    pub(super) organisation_id: ID,
    /// Whose account.
    pub(super) user_id: ID,
    /// What they may do.
    pub(super) role: MemberRole,
}
