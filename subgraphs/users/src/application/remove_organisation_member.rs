//! Somebody works for the organisation no more.

use std::sync::Arc;

use kernel::Viewer;
use kernel::id::{OrganisationId, UserId};

use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::organisation::OrganisationRepository;
use super::put_organisation_member::last_owner;
use crate::domain::organisation::{MemberRole, Organisation};

/// Removes members.
pub struct RemoveOrganisationMember {
    pub(super) enter: EnterOrganisation,
    pub(super) organisations: Arc<dyn OrganisationRepository>,
}

impl RemoveOrganisationMember {
    /// The organisation afterwards. Owners remove anybody, everybody may leave; the keys that a member made stay.
    pub async fn run(&self, viewer: &Viewer, id: OrganisationId, user_id: UserId) -> Result<Organisation, PartnerError> {
        let needed = if viewer.user_id() == Some(user_id) { MemberRole::Member } else { MemberRole::Owner };
        let (mut organisation, by) = self.enter.run(viewer, id, needed).await?;
        if !self.organisations.remove_member(id, user_id).await.map_err(last_owner)? {
            return Err(PartnerError::NotFound { field: "userId", what: "member" });
        }
        tracing::info!(user = %by, organisation = %id, member = %user_id, "a member was removed from an organisation");
        organisation.members.retain(|member| member.user_id != user_id);
        Ok(organisation)
    }
}
