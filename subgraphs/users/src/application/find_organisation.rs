//! Looks organisations up, for those who may see them.

use std::sync::Arc;

use kernel::Viewer;
use kernel::id::OrganisationId;

use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::organisation::OrganisationRepository;
use crate::domain::organisation::{MemberRole, Organisation};

/// Finds organisations.
pub struct FindOrganisation {
    pub(super) enter: EnterOrganisation,
    pub(super) organisations: Arc<dyn OrganisationRepository>,
}

impl FindOrganisation {
    /// The organisation; none when there is none, or when the viewer does not belong to it.
    pub async fn by_id(&self, viewer: &Viewer, id: OrganisationId) -> Result<Option<Organisation>, PartnerError> {
        match self.enter.run(viewer, id, MemberRole::Member).await {
            Ok((organisation, _)) => Ok(Some(organisation)),
            Err(PartnerError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Those the viewer belongs to, oldest first.
    pub async fn mine(&self, viewer: &Viewer) -> Result<Vec<Organisation>, PartnerError> {
        let session = viewer.require_session()?;
        Ok(self.organisations.of_user(session.user_id).await?)
    }
}
