//! Looks taste profiles up, for those who may see them: each their own.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::PortError;
use kernel::id::UserId;

use super::ports::TasteProfileRepository;
use crate::domain::taste_profile::TasteProfile;

/// Finds taste profiles.
#[derive(Clone)]
pub struct FindTasteProfile {
    pub(super) taste_profiles: Arc<dyn TasteProfileRepository>,
}

impl FindTasteProfile {
    /// Those of `users` that exist.
    pub async fn by_users(&self, users: &[UserId]) -> Result<HashMap<UserId, TasteProfile>, PortError> {
        Ok(self.taste_profiles.find(users).await?.into_iter().map(|profile| (profile.user_id, profile)).collect())
    }
}
