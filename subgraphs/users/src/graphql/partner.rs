//! Reading and changing partners: organisations and API keys.

use async_graphql::{Context, Error, ID, Object};
use kernel::ErrorKind;
use platform::authenticated::authenticated;
use platform::graphql::{parse_id, viewer};

use super::api_key::{ApiKey, ApiKeyPayload, CreateApiKeyInput};
use super::organisation::{CreateOrganisationInput, Organisation, PutOrganisationMemberInput};
use super::{caller, use_cases};
use crate::application::partner_error::PartnerError;
use crate::application::partners::Partners;
use crate::graphql::told::{Tells, Told, graphql_error};

fn partners<'ctx>(context: &Context<'ctx>) -> &'ctx Partners {
    &use_cases(context).partners
}

#[derive(Default)]
pub(super) struct PartnerQuery;

#[Object]
impl PartnerQuery {
    /// The organisations that the viewer belongs to, oldest first.
    #[graphql(directive = authenticated::apply())]
    async fn organisations(&self, context: &Context<'_>) -> Result<Vec<Organisation>, Error> {
        let mine = partners(context).find_organisation.mine(viewer(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(mine.into_iter().map(Organisation::from).collect())
    }

    /// The organisation with this id; null when there is none that the viewer belongs to. Admins see all.
    #[graphql(directive = authenticated::apply())]
    async fn organisation(&self, context: &Context<'_>, #[graphql(desc = "An organisation's id.")] id: ID) -> Result<Option<Organisation>, Error> {
        let id = parse_id("id", &id)?;
        let found = partners(context).find_organisation.by_id(viewer(context), id).await.map_err(|error| graphql_error(&error))?;
        Ok(found.map(Organisation::from))
    }

    /// The API key that this very request came with, so that a program can see its terms and its use; null for people.
    #[graphql(requires_scopes = "usage:read", tag = "partner")]
    async fn current_api_key(&self, context: &Context<'_>) -> Result<Option<ApiKey>, Error> {
        let current = partners(context).find_api_key.current(viewer(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(current.map(ApiKey::from))
    }
}

#[derive(Default)]
pub(super) struct PartnerMutation;

#[Object]
impl PartnerMutation {
    /// Makes an organisation, which the viewer owns: the first step to API keys. One person can own three.
    #[graphql(directive = authenticated::apply())]
    async fn create_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The organisation.")] input: CreateOrganisationInput,
    ) -> Result<Organisation, Error> {
        partners(context).create_organisation.run(viewer(context), &input.name).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes somebody a member of an organisation, or changes what a member may do; for its owners.
    #[graphql(directive = authenticated::apply())]
    async fn put_organisation_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who and where.")] input: PutOrganisationMemberInput,
    ) -> Result<Organisation, Error> {
        let (id, user) = (parse_id("organisationId", &input.organisation_id)?, parse_id("userId", &input.user_id)?);
        partners(context).put_member.run(viewer(context), id, user, input.role.into()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Removes a member of an organisation; for its owners, and for whoever wants to leave. Keys that the member made stay.
    #[graphql(directive = authenticated::apply())]
    async fn remove_organisation_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which organisation.")] organisation_id: ID,
        #[graphql(desc = "Whose account.")] user_id: ID,
    ) -> Result<Organisation, Error> {
        let (id, user) = (parse_id("organisationId", &organisation_id)?, parse_id("userId", &user_id)?);
        partners(context).remove_member.run(viewer(context), id, user).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Sets what all keys of an organisation may use together; for admins.
    #[graphql(directive = authenticated::apply())]
    async fn set_organisation_limits(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which organisation.")] organisation_id: ID,
        #[graphql(desc = "Requests a minute.")] per_minute: i32,
        #[graphql(desc = "Requests a day.")] per_day: i32,
    ) -> Result<Organisation, Error> {
        let id = parse_id("organisationId", &organisation_id)?;
        partners(context).set_limits.run(viewer(context), id, per_minute, per_day).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes an API key; for members of its organisation. The secret is shown this once.
    #[graphql(directive = authenticated::apply())]
    async fn create_api_key(&self, context: &Context<'_>, #[graphql(desc = "The key.")] input: CreateApiKeyInput) -> Result<ApiKeyPayload, Error> {
        let (id, code) = (parse_id("organisationId", &input.organisation_id)?, input.code.clone());
        partners(context).create_api_key.run(&caller(context), id, input.into(), code.as_deref()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Gives an API key a new secret, which is shown this once; for members of its organisation. The old one goes on for a while,
    /// so that programs can be changed over; quota and use stay one.
    #[graphql(directive = authenticated::apply())]
    async fn rotate_api_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which key.")] id: ID,
        #[graphql(desc = "How long the old secret goes on, in seconds: 0 to 2592000, which are 30 days.", default = 86400)] overlap_secs: i32,
        #[graphql(desc = "A code of the viewer's second factor, where they have one.")] code: Option<String>,
    ) -> Result<ApiKeyPayload, Error> {
        let id = parse_id("id", &id)?;
        partners(context).rotate_api_key.run(&caller(context), id, overlap_secs, code.as_deref()).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Ends an API key with all its secrets; for members of its organisation. It is refused everywhere within five seconds.
    #[graphql(directive = authenticated::apply())]
    async fn revoke_api_key(&self, context: &Context<'_>, #[graphql(desc = "Which key.")] id: ID) -> Result<ApiKey, Error> {
        let id = parse_id("id", &id)?;
        partners(context).revoke_api_key.run(&caller(context), id).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}

impl Tells for PartnerError {
    fn told(&self) -> Told<'_> {
        match self {
            Self::Invalid(error) => Told::As(error),
            Self::Access(error) => Told::As(error),
            Self::SecondFactor(error) => Told::As(error),
            Self::NotFound { field, .. } => Told::About(ErrorKind::NotFound, field),
            Self::Conflict { field, .. } => Told::About(ErrorKind::Conflict, field),
            Self::Port(error) => Told::Unexpected(error),
        }
    }
}
