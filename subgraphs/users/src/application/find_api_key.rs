//! Looks keys and their use up. Who may see them was decided on the way to their organisation.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Days;
use kernel::id::{ApiKeyId, OrganisationId};
use kernel::{Clock, InvalidField, PortError, Scope, Viewer};

use super::partner_error::PartnerError;
use super::ports::api_key::ApiKeyRepository;
use crate::domain::api_key::{ApiKey, UsageLine};

/// Days of use that can be asked for at once.
const MOST_DAYS: u32 = 90;

/// How many days back, today included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UsageDays(u32);

impl UsageDays {
    /// A client's number of days, or why it is too few or too many.
    pub fn parse(days: i32) -> Result<Self, InvalidField> {
        let days = u32::try_from(days).ok().filter(|days| (1..=MOST_DAYS).contains(days));
        days.map(Self).ok_or_else(|| InvalidField::new("days", format!("must be 1 to {MOST_DAYS}")))
    }
}

/// Finds keys.
#[derive(Clone)]
pub struct FindApiKey {
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl FindApiKey {
    /// The key that the request itself came with; none for people.
    pub async fn current(&self, viewer: &Viewer) -> Result<Option<ApiKey>, PartnerError> {
        viewer.require_scope(Scope::UsageRead)?;
        let Some(partner) = viewer.partner() else { return Ok(None) };
        Ok(self.api_keys.find(&[partner.key_id]).await?.pop())
    }

    /// The keys of these organisations, newest first; one statement however many.
    pub async fn by_organisation(&self, ids: &[OrganisationId]) -> Result<HashMap<OrganisationId, Vec<ApiKey>>, PortError> {
        let mut keys: HashMap<_, Vec<_>> = HashMap::new();
        for key in self.api_keys.of_organisations(ids).await? {
            keys.entry(key.organisation_id).or_default().push(key);
        }
        Ok(keys)
    }

    /// What these keys were used for in the last `days`; one statement however many.
    pub async fn usage(&self, ids: &[ApiKeyId], days: UsageDays) -> Result<HashMap<ApiKeyId, Vec<UsageLine>>, PortError> {
        let today = self.clock.now().date_naive();
        let since = today.checked_sub_days(Days::new((days.0 - 1).into())).unwrap_or(today);
        let mut usage: HashMap<_, Vec<_>> = HashMap::new();
        for line in self.api_keys.use_of(ids, since).await? {
            usage.entry(line.key_id).or_default().push(line);
        }
        Ok(usage)
    }
}
