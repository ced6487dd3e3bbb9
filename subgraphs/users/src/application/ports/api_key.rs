//! Where API keys and their use are kept.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::PortError;
use kernel::events::ApiKeyUsed;
use kernel::id::{ApiKeyId, OrganisationId};
use uuid::Uuid;

use crate::application::record::Record;
use crate::domain::api_key::{ApiKey, UsageLine};

/// The constraint of a [`PortError::Conflict`] over an organisation that has too many keys.
pub const TOO_MANY_KEYS: &str = "too_many_keys";
/// The constraint of a [`PortError::Conflict`] over requests a minute that the organisation has not left.
pub const PER_MINUTE_EXCEEDED: &str = "per_minute";
/// The constraint of a [`PortError::Conflict`] over requests a day that the organisation has not left.
pub const PER_DAY_EXCEEDED: &str = "per_day";

/// A secret as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// What it is found by.
    pub hash: String,
    /// The first characters.
    pub shown: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Keeps keys by their secrets' hashes. Every change is one transaction, with its record; changes of one organisation's keys happen one after the
/// other.
#[async_trait]
pub trait ApiKeyRepository: Send + Sync + 'static {
    /// Adds a key with its first secret. `NotFound` without its organisation; `Conflict` with one of this module's constraints
    /// when the organisation's keys that are neither revoked nor over would be more, or use more together, than it may.
    async fn add(&self, key: &ApiKey, secret: &StoredSecret, record: &Record) -> Result<(), PortError>;

    /// Those of `ids` that exist.
    async fn find(&self, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>, PortError>;

    /// All keys of these organisations, newest first; one statement however many.
    async fn of_organisations(&self, ids: &[OrganisationId]) -> Result<Vec<ApiKey>, PortError>;

    /// The key of the secret with this hash, and when the secret ends if it was rotated away. One of an organisation that nobody
    /// owns any more is not found.
    async fn by_secret(&self, hash: &str) -> Result<Option<(ApiKey, Option<DateTime<Utc>>)>, PortError>;

    /// Puts `next` in the place of the key's secrets, which end at `until` unless they end before. `NotFound` for a key that is
    /// not there or was revoked.
    async fn rotate(&self, id: ApiKeyId, next: &StoredSecret, until: DateTime<Utc>, record: &Record) -> Result<(), PortError>;

    /// Revokes a key; one that was, stays revoked since then, and `record` is not stored again. `NotFound` for one that is not there.
    async fn revoke(&self, id: ApiKeyId, now: DateTime<Utc>, record: &Record) -> Result<(), PortError>;

    /// Adds up what the gateway has told; the same event twice counts once. A key that is gone has no use.
    async fn record_use(&self, event_id: Uuid, used: &ApiKeyUsed) -> Result<(), PortError>;

    /// What these keys were used for from the day `since` on, newest day first and then by operation.
    async fn use_of(&self, ids: &[ApiKeyId], since: NaiveDate) -> Result<Vec<UsageLine>, PortError>;
}
