//! An admin decides how much a partner's keys may ask for together.

use std::sync::Arc;

use kernel::id::OrganisationId;
use kernel::{PortError, Viewer};

use super::partner_error::PartnerError;
use super::ports::organisation::OrganisationRepository;
use crate::domain::api_key::positive;
use crate::domain::organisation::{Limits, Organisation};

/// Sets limits.
pub struct SetOrganisationLimits {
    pub(super) organisations: Arc<dyn OrganisationRepository>,
}

impl SetOrganisationLimits {
    /// The organisation afterwards. Keys that there are keep their quotas, even when they are more than the new limits.
    pub async fn run(&self, viewer: &Viewer, id: OrganisationId, per_minute: i32, per_day: i32) -> Result<Organisation, PartnerError> {
        let admin = viewer.require_admin()?;
        let limits = Limits { per_minute: positive("perMinute", per_minute)?, per_day: positive("perDay", per_day)? };
        let missing = || PartnerError::NotFound { field: "organisationId", what: "organisation" };
        self.organisations.set_limits(id, limits).await.map_err(|error| match error {
            PortError::NotFound => missing(),
            other => PartnerError::Port(other),
        })?;
        tracing::info!(admin = %admin.user_id, organisation = %id, ?limits, "an organisation's limits were set");
        self.organisations.find(&[id]).await?.pop().ok_or_else(missing)
    }
}
