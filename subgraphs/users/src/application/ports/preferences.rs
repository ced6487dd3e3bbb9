//! Keeping preferences.

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Event, PortError};

use crate::domain::preferences::Preferences;

/// Keeps what people have changed. Every change is one transaction.
#[async_trait]
pub trait PreferencesRepository: Send + Sync + 'static {
    /// What an account has changed; none while that is nothing, and when there is no such account.
    async fn find(&self, user_id: UserId) -> Result<Option<Preferences>, PortError>;

    /// Puts `next` in place of the version before it and tells `told`; `false`, and nothing done, when another version is there.
    /// `NotFound` when there is no such account. Of several calls with one version, one gets `true`.
    async fn put(&self, user_id: UserId, next: &Preferences, told: &Event) -> Result<bool, PortError>;
}
