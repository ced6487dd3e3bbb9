//! Keeping what is known of people's pictures; their bytes are in the blob store.

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::{AvatarId, UserId};

use crate::domain::avatar::Avatar;

/// Keeps pictures' descriptions, one an account. Every change is one transaction.
#[async_trait]
pub trait AvatarRepository: Send + Sync + 'static {
    /// Makes `avatar`, or none, the account's in place of another, whose id is returned. `NotFound` when there is no such account.
    /// Of several calls at the same time each is told of the one before it.
    async fn replace(&self, user_id: UserId, avatar: Option<&Avatar>) -> Result<Option<AvatarId>, PortError>;

    /// One that is somebody's now.
    async fn find(&self, id: AvatarId) -> Result<Option<Avatar>, PortError>;
}
