//! An owner says who works for the organisation, and as what.

use std::sync::Arc;

use kernel::id::{OrganisationId, UserId};
use kernel::{Clock, PortError, Viewer};

use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::UserRepository;
use super::ports::organisation::{LAST_OWNER, OrganisationRepository};
use crate::domain::organisation::{MAX_MEMBERS, Member, MemberRole, Organisation};

/// Adds members and changes what they may do.
pub struct PutOrganisationMember {
    pub(super) enter: EnterOrganisation,
    pub(super) organisations: Arc<dyn OrganisationRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl PutOrganisationMember {
    /// The organisation afterwards. Doing it again changes nothing.
    pub async fn run(&self, viewer: &Viewer, id: OrganisationId, user_id: UserId, role: MemberRole) -> Result<Organisation, PartnerError> {
        let (organisation, by) = self.enter.run(viewer, id, MemberRole::Owner).await?;
        if organisation.role_of(user_id).is_none() {
            if organisation.members.len() >= MAX_MEMBERS {
                return Err(PartnerError::conflict("organisationId", format!("the organisation has {MAX_MEMBERS} members already")));
            }
            if self.users.find(&[user_id]).await?.is_empty() {
                return Err(PartnerError::NotFound { field: "userId", what: "user" });
            }
        }
        self.organisations.put_member(id, &Member { user_id, role, since: self.clock.now() }).await.map_err(last_owner)?;
        tracing::info!(user = %by, organisation = %id, member = %user_id, ?role, "a member was put into an organisation");
        self.organisations.find(&[id]).await?.pop().ok_or(PartnerError::NotFound { field: "organisationId", what: "organisation" })
    }
}

/// A change that would leave nobody in charge, in words.
pub(super) fn last_owner(error: PortError) -> PartnerError {
    match &error {
        PortError::Conflict { constraint } if constraint == LAST_OWNER => {
            PartnerError::conflict("userId", "an organisation needs an owner; make somebody else one first")
        }
        _ => PartnerError::Port(error),
    }
}
