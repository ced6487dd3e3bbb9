//! A key gets a new secret, while the programs that have the old one are changed over.

use std::sync::Arc;

use kernel::id::ApiKeyId;
use kernel::{Clock, PortError, Randomness};
use serde_json::json;

use super::ask_second_factor::AskSecondFactor;
use super::caller::Caller;
use super::create_api_key::{FreshKey, fresh_secret};
use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::api_key::ApiKeyRepository;
use super::record::Recorder;
use crate::domain::api_key::overlap;
use crate::domain::audit::Action;

/// Rotates keys.
pub struct RotateApiKey {
    pub(super) enter: EnterOrganisation,
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) second_factor: AskSecondFactor,
    pub(super) recorder: Recorder,
}

impl RotateApiKey {
    /// The same key with its new secret. The old one goes on for `overlap_secs`, on the same quota. Somebody with a second
    /// factor needs a `code` of it.
    pub async fn run(&self, caller: &Caller, id: ApiKeyId, overlap_secs: i32, code: Option<&str>) -> Result<FreshKey, PartnerError> {
        let (mut key, by) = self.enter.key(&caller.viewer, id).await?;
        let until = self.clock.now() + overlap(overlap_secs)?;
        self.second_factor.step_up(caller, by, "code", code).await?;
        let (secret, stored) = fresh_secret(&*self.randomness, &*self.clock);
        let record = self.recorder.note(caller, Action::ApiKeyRotated, by, None, Some(json!({ "key": id, "organisation": key.organisation_id })));
        self.api_keys.rotate(id, &stored, until, &record).await.map_err(|error| match error {
            PortError::NotFound => PartnerError::conflict("id", "the key was revoked; make a new one"),
            other => PartnerError::Port(other),
        })?;
        tracing::info!(user = %by, organisation = %key.organisation_id, key = %id, overlap_secs, "an API key was rotated");
        key.shown = stored.shown;
        Ok(FreshKey { key, secret })
    }
}
