//! A key is good for nothing any more.

use std::sync::Arc;

use kernel::id::ApiKeyId;
use kernel::{Clock, Viewer};

use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::api_key::ApiKeyRepository;
use crate::domain::api_key::ApiKey;

/// Revokes keys.
pub struct RevokeApiKey {
    pub(super) enter: EnterOrganisation,
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl RevokeApiKey {
    /// The key afterwards: all its secrets are refused, everywhere within seconds. Doing it again changes nothing.
    pub async fn run(&self, viewer: &Viewer, id: ApiKeyId) -> Result<ApiKey, PartnerError> {
        let (key, by) = self.enter.key(viewer, id).await?;
        self.api_keys.revoke(id, self.clock.now()).await?;
        tracing::info!(user = %by, organisation = %key.organisation_id, key = %id, "an API key was revoked");
        self.api_keys.find(&[id]).await?.pop().ok_or(PartnerError::NotFound { field: "id", what: "API key" })
    }
}
