//! An admin decides what somebody may do.

use std::sync::Arc;

use kernel::id::UserId;
use kernel::viewer::AccessError;
use kernel::{PortError, Role};
use serde_json::json;

use super::caller::Caller;
use super::ports::UserRepository;
use super::record::Recorder;
use crate::domain::audit::Action;
use crate::domain::user::User;

/// Why the role stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum SetUserRoleError {
    /// Nobody is signed in, or no admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// An admin's own role: so there is always one left.
    #[error("ask another admin to change your own role")]
    OwnRole,
    /// A port failed.
    #[error("the role cannot be changed")]
    Port(#[source] PortError),
}

/// Changes roles.
pub struct SetUserRole {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) recorder: Recorder,
}

impl SetUserRole {
    /// The account afterwards. Its access tokens carry the old role until they end; its next refresh carries the new one.
    pub async fn run(&self, caller: &Caller, user_id: UserId, role: Role) -> Result<User, SetUserRoleError> {
        let session = caller.require_admin()?;
        if session.user_id == user_id && session.role != role {
            return Err(SetUserRoleError::OwnRole);
        }
        let before = self.users.find(&[user_id]).await.map_err(SetUserRoleError::Port)?.pop().ok_or(SetUserRoleError::NotFound)?;
        let record = self.recorder.note(caller, Action::RoleChanged, user_id, Some(json!({ "role": before.role })), Some(json!({ "role": role })));
        let user = self.users.set_role(user_id, role, &record).await.map_err(|error| match error {
            PortError::NotFound => SetUserRoleError::NotFound,
            other => SetUserRoleError::Port(other),
        })?;
        tracing::info!(admin = %session.user_id, user = %user_id, ?role, "a role was set");
        Ok(user)
    }
}
