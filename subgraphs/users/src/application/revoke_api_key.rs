//! A key is good for nothing any more.

use std::sync::Arc;

use kernel::Clock;
use kernel::id::ApiKeyId;
use serde_json::json;

use super::caller::Caller;
use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::api_key::ApiKeyRepository;
use super::record::Recorder;
use crate::domain::api_key::ApiKey;
use crate::domain::audit::Action;

/// Revokes keys.
pub struct RevokeApiKey {
    pub(super) enter: EnterOrganisation,
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl RevokeApiKey {
    /// The key afterwards: all its secrets are refused, everywhere within seconds. Doing it again changes nothing.
    pub async fn run(&self, caller: &Caller, id: ApiKeyId) -> Result<ApiKey, PartnerError> {
        let (key, by) = self.enter.key(&caller.viewer, id).await?;
        let record = self.recorder.note(caller, Action::ApiKeyRevoked, by, None, Some(json!({ "key": id, "organisation": key.organisation_id })));
        self.api_keys.revoke(id, self.clock.now(), &record).await?;
        tracing::info!(user = %by, organisation = %key.organisation_id, key = %id, "an API key was revoked");
        self.api_keys.find(&[id]).await?.pop().ok_or(PartnerError::NotFound { field: "id", what: "API key" })
    }
}
