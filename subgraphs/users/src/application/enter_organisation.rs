//! Who may act in an organisation: the first step of everything that is done there.

use std::sync::Arc;

use kernel::Viewer;
use kernel::id::{ApiKeyId, OrganisationId, UserId};

use super::partner_error::PartnerError;
use super::ports::api_key::ApiKeyRepository;
use super::ports::organisation::OrganisationRepository;
use crate::domain::api_key::ApiKey;
use crate::domain::organisation::{MemberRole, Organisation};

/// Lets members in, and admins. To everybody else an organisation and its keys are not there.
#[derive(Clone)]
pub struct EnterOrganisation {
    pub(super) organisations: Arc<dyn OrganisationRepository>,
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
}

impl EnterOrganisation {
    /// The organisation and who acts in it, when they have at least `role` there.
    pub(super) async fn run(&self, viewer: &Viewer, id: OrganisationId, role: MemberRole) -> Result<(Organisation, UserId), PartnerError> {
        // Before the lookup: nobody in particular learns nothing.
        viewer.require_session()?;
        let missing = PartnerError::NotFound { field: "organisationId", what: "organisation" };
        let Some(organisation) = self.organisations.find(&[id]).await?.pop() else { return Err(missing) };
        let user = organisation.require(viewer, role)?.ok_or(missing)?;
        Ok((organisation, user))
    }

    /// The key and who acts on it: every member of its organisation may.
    pub(super) async fn key(&self, viewer: &Viewer, id: ApiKeyId) -> Result<(ApiKey, UserId), PartnerError> {
        viewer.require_session()?;
        let missing = || PartnerError::NotFound { field: "id", what: "API key" };
        let key = self.api_keys.find(&[id]).await?.pop().ok_or_else(missing)?;
        match self.run(viewer, key.organisation_id, MemberRole::Member).await {
            Ok((_, user)) => Ok((key, user)),
            Err(PartnerError::NotFound { .. }) => Err(missing()),
            Err(error) => Err(error),
        }
    }
}
