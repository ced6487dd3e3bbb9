//! A partner's program gets a key.

use std::sync::Arc;

use kernel::id::OrganisationId;
use kernel::{Clock, IdGenerator, PortError, Randomness};
use platform::api_key::ApiKeySecret;
use serde_json::json;

use super::ask_second_factor::AskSecondFactor;
use super::caller::Caller;
use super::enter_organisation::EnterOrganisation;
use super::partner_error::PartnerError;
use super::ports::api_key::{ApiKeyRepository, PER_DAY_EXCEEDED, PER_MINUTE_EXCEEDED, StoredSecret, TOO_MANY_KEYS};
use super::record::Recorder;
use crate::domain::api_key::{ApiKey, MAX_KEYS, Terms, TermsWish};
use crate::domain::audit::Action;
use crate::domain::organisation::{Limits, MemberRole};

/// A key and the one sight of its secret.
#[derive(Debug, Clone)]
pub struct FreshKey {
    /// The key.
    pub key: ApiKey,
    /// What its program shows; nobody can find it out afterwards.
    pub secret: ApiKeySecret,
}

/// Makes keys.
pub struct CreateApiKey {
    pub(super) enter: EnterOrganisation,
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) ids: IdGenerator,
    pub(super) second_factor: AskSecondFactor,
    pub(super) recorder: Recorder,
}

impl CreateApiKey {
    /// The key, once it is durable. Somebody with a second factor needs a `code` of it.
    pub async fn run(&self, caller: &Caller, organisation_id: OrganisationId, wish: TermsWish, code: Option<&str>) -> Result<FreshKey, PartnerError> {
        let (organisation, by) = self.enter.run(&caller.viewer, organisation_id, MemberRole::Member).await?;
        let now = self.clock.now();
        let terms = Terms::parse(wish, now)?;
        self.second_factor.step_up(caller, by, "code", code).await?;
        let (secret, stored) = fresh_secret(&*self.randomness, &*self.clock);
        let key = ApiKey {
            id: self.ids.next(),
            organisation_id,
            shown: stored.shown.clone(),
            terms,
            created_by: Some(by),
            created_at: now,
            revoked_at: None,
            last_used_at: None,
        };
        let after = json!({ "key": key.id, "organisation": organisation_id, "scopes": key.terms.scopes });
        let record = self.recorder.note(caller, Action::ApiKeyCreated, by, None, Some(after));
        self.api_keys.add(&key, &stored, &record).await.map_err(|error| exceeded(error, organisation.limits))?;
        tracing::info!(user = %by, organisation = %organisation_id, key = %key.id, scopes = ?key.terms.scopes, "an API key was made");
        Ok(FreshKey { key, secret })
    }
}

/// A new secret, for its holder and for the store.
pub(super) fn fresh_secret(randomness: &dyn Randomness, clock: &dyn Clock) -> (ApiKeySecret, StoredSecret) {
    let secret = ApiKeySecret::generate(randomness);
    let stored = StoredSecret { hash: secret.hash(), shown: secret.shown().to_owned(), created_at: clock.now() };
    (secret, stored)
}

fn exceeded(error: PortError, limits: Limits) -> PartnerError {
    let PortError::Conflict { constraint } = &error else { return PartnerError::Port(error) };
    let together = |number, time| format!("all keys of the organisation may have {number} requests a {time} together; ask us for more");
    match constraint.as_str() {
        TOO_MANY_KEYS => PartnerError::conflict("organisationId", format!("the organisation has {MAX_KEYS} keys already; revoke one first")),
        PER_MINUTE_EXCEEDED => PartnerError::conflict("perMinute", together(limits.per_minute, "minute")),
        PER_DAY_EXCEEDED => PartnerError::conflict("perDay", together(limits.per_day, "day")),
        _ => PartnerError::Port(error),
    }
}
