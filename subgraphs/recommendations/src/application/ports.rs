//! What this context needs from the outside.

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Event, PortError};
use uuid::Uuid;

use crate::domain::taste_profile::TasteProfile;

/// Keeps taste profiles. Every change is one transaction.
#[async_trait]
pub trait TasteProfileRepository: Send + Sync + 'static {
    /// Adds a profile for an event, and tells `told`; nothing when the event was seen before. A profile that is there stays as it is.
    async fn create(&self, event_id: Uuid, profile: &TasteProfile, told: &Event) -> Result<(), PortError>;

    /// There will be no profile for an event, which `told` tells; nothing when the event was seen before.
    async fn refuse(&self, event_id: Uuid, told: &Event) -> Result<(), PortError>;

    /// Forgets a profile; nothing when there is none.
    async fn forget(&self, user_id: UserId) -> Result<(), PortError>;

    /// Those of `users` that exist, in no order; a fixed number of statements however many.
    async fn find(&self, users: &[UserId]) -> Result<Vec<TasteProfile>, PortError>;

    /// Puts `profile` in place of the one that is there. `NotFound` when there is none.
    async fn replace(&self, profile: &TasteProfile) -> Result<(), PortError>;
}
