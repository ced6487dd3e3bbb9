//! Somebody becomes a partner.

use std::sync::Arc;

use kernel::{Clock, IdGenerator, Viewer};

use super::partner_error::PartnerError;
use super::ports::organisation::{OrganisationRepository, founder};
use crate::domain::organisation::{Limits, MAX_OWNED, MemberRole, Organisation, OrganisationName};

/// Makes organisations.
pub struct CreateOrganisation {
    pub(super) organisations: Arc<dyn OrganisationRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) limits: Limits,
}

impl CreateOrganisation {
    /// The organisation, which the viewer owns. Its limits are those of a new one: an admin raises them.
    pub async fn run(&self, viewer: &Viewer, name: &str) -> Result<Organisation, PartnerError> {
        let session = viewer.require_session()?;
        let name = OrganisationName::parse(name)?;
        let owned = self.organisations.of_user(session.user_id).await?;
        if owned.iter().filter(|organisation| organisation.role_of(session.user_id) == Some(MemberRole::Owner)).count() >= MAX_OWNED {
            return Err(PartnerError::conflict("name", format!("you own {MAX_OWNED} organisations already")));
        }
        let now = self.clock.now();
        let members = vec![founder(session.user_id, now)];
        let organisation = Organisation { id: self.ids.next(), name, limits: self.limits, created_at: now, members };
        self.organisations.add(&organisation).await?;
        tracing::info!(user = %session.user_id, organisation = %organisation.id, "an organisation was made");
        Ok(organisation)
    }
}
