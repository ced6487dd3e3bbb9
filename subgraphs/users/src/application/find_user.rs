//! Looks accounts up. What of an account a viewer sees, the entity decides.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::PortError;
use kernel::id::UserId;

use super::ports::UserRepository;
use crate::domain::user::User;
use crate::domain::username::Username;

/// Finds accounts.
#[derive(Clone)]
pub struct FindUser {
    pub(super) users: Arc<dyn UserRepository>,
}

impl FindUser {
    /// Those of `ids` that exist; one statement however many.
    pub async fn by_ids(&self, ids: &[UserId]) -> Result<HashMap<UserId, User>, PortError> {
        Ok(self.users.find(ids).await?.into_iter().map(|user| (user.id, user)).collect())
    }

    /// The account of that name in whatever case; none for a text that nobody can be named.
    pub async fn by_username(&self, text: &str) -> Result<Option<User>, PortError> {
        match Username::parse(text) {
            Ok(username) => self.users.find_by_username(&username).await,
            Err(_) => Ok(None),
        }
    }
}
