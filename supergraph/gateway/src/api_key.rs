//! API keys of partners as credentials: looked up where they are kept, remembered for seconds.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, PortError};
use moka::sync::Cache;
use platform::api_key::{ApiKeySecret, KeyAnswer, KeyRights};

use crate::caller::Caller;
use crate::pipeline::RequestError;

/// How long an answer is believed. A revoked key is refused within five seconds everywhere: this, and [`RECHECK`] where a
/// connection stays open.
const REMEMBERED: TimeDelta = TimeDelta::milliseconds(2_500);
/// How often a partner's open connection asks again.
pub(crate) const RECHECK: Duration = Duration::from_secs(2);
/// Keys remembered at once.
const MOST: u64 = 10_000;

/// Where API keys are kept.
#[async_trait]
pub trait ApiKeySource: Send + Sync + 'static {
    /// What the key with this hash ([`ApiKeySecret::hash`]) is good for now.
    async fn verify(&self, hash: &str) -> Result<KeyAnswer, PortError>;
}

/// Why a key does not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the API key is not valid")]
    Unknown,
    #[error("the API key has expired")]
    Expired,
    #[error("the API key was revoked")]
    Revoked,
    #[error("the API key may not be used by pages of this origin")]
    Origin,
    #[error("the API key may not be used from this address")]
    Address,
    #[error("API keys cannot be verified right now")]
    Unavailable(#[source] PortError),
}

impl From<KeyError> for RequestError {
    fn from(error: KeyError) -> Self {
        match &error {
            KeyError::Unknown | KeyError::Expired | KeyError::Revoked => Self::unauthenticated(error.to_string()),
            KeyError::Origin | KeyError::Address => Self::forbidden(error.to_string()),
            KeyError::Unavailable(source) => {
                tracing::error!(error = source as &dyn std::error::Error, "API keys cannot be verified");
                Self::unavailable()
            }
        }
    }
}

#[derive(Clone)]
struct Remembered {
    rights: Arc<KeyRights>,
    at: DateTime<Utc>,
}

/// Verifies keys against their source.
pub(crate) struct ApiKeys {
    source: Option<Arc<dyn ApiKeySource>>,
    clock: Arc<dyn Clock>,
    /// Good keys by their hash; others are asked for each time, and how often one address may be wrong is limited.
    good: Cache<String, Remembered>,
}

impl ApiKeys {
    /// Keys of `source`; without one there are none.
    pub(crate) fn new(source: Option<Arc<dyn ApiKeySource>>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, good: Cache::new(MOST) }
    }

    /// Whether [`rights`](Self::rights) of this hash would be answered without asking.
    pub(crate) fn remembers(&self, hash: &str) -> bool {
        self.remembered(hash).is_some()
    }

    /// What `key` is good for where `caller` shows it.
    pub(crate) async fn rights(&self, key: &ApiKeySecret, caller: &Caller) -> Result<Arc<KeyRights>, KeyError> {
        let rights = self.of_hash(&key.hash()).await?;
        if !rights.allows_address(caller.address) {
            return Err(KeyError::Address);
        }
        if !rights.allows_origin(caller.origin.as_deref()) {
            return Err(KeyError::Origin);
        }
        Ok(rights)
    }

    /// Whether the key with this hash opens no more; while that cannot be found out, it does.
    pub(crate) async fn has_ended(&self, hash: &str) -> bool {
        !matches!(self.of_hash(hash).await, Ok(_) | Err(KeyError::Unavailable(_)))
    }

    fn remembered(&self, hash: &str) -> Option<Arc<KeyRights>> {
        let age = |at| self.clock.now() - at;
        self.good.get(hash).filter(|known| age(known.at) >= TimeDelta::zero() && age(known.at) < REMEMBERED).map(|known| known.rights)
    }

    async fn of_hash(&self, hash: &str) -> Result<Arc<KeyRights>, KeyError> {
        let rights = match self.remembered(hash) {
            Some(rights) => rights,
            None => self.ask(hash).await?,
        };
        if rights.expires_at.is_some_and(|end| end <= self.clock.now()) { Err(KeyError::Expired) } else { Ok(rights) }
    }

    async fn ask(&self, hash: &str) -> Result<Arc<KeyRights>, KeyError> {
        let source = self.source.as_ref().ok_or(KeyError::Unknown)?;
        // Taken before the question: what changes while it is on its way must not be believed longer for that.
        let at = self.clock.now();
        match source.verify(hash).await.map_err(KeyError::Unavailable)? {
            KeyAnswer::Good(rights) => {
                let rights: Arc<KeyRights> = rights.into();
                self.good.insert(hash.to_owned(), Remembered { rights: rights.clone(), at });
                Ok(rights)
            }
            KeyAnswer::Unknown => Err(KeyError::Unknown),
            KeyAnswer::Expired => Err(KeyError::Expired),
            KeyAnswer::Revoked => Err(KeyError::Revoked),
        }
    }
}
