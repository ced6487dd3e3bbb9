//! An admin shuts an account, or opens it again.

use std::sync::Arc;

use kernel::events::AccountMail;
use kernel::id::UserId;
use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError};
use serde_json::json;

use super::caller::Caller;
use super::ports::{Ending, UserRepository};
use super::record::Recorder;
use crate::domain::audit::{self, Action};
use crate::domain::user::User;

/// Why the account stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum SuspendUserError {
    /// Nobody is signed in, or no admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The reason is missing or too long.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such account.
    #[error("there is no such user")]
    NotFound,
    /// An admin's own account: so there is always one left.
    #[error("ask another admin to suspend you")]
    Own,
    /// A port failed.
    #[error("the account cannot be changed")]
    Port(#[source] PortError),
}

/// Suspends and reinstates.
pub struct SuspendUser {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) recorder: Recorder,
}

impl SuspendUser {
    /// Ends every session of the account and lets nobody sign in to it. The reason goes into the audit. Doing it again changes only that.
    pub async fn suspend(&self, caller: &Caller, user_id: UserId, reason: &str) -> Result<User, SuspendUserError> {
        let admin = caller.require_admin()?;
        let reason = audit::reason(reason)?;
        if admin.user_id == user_id {
            return Err(SuspendUserError::Own);
        }
        let user = self.find(user_id).await?;
        let mut record = self.recorder.note(caller, Action::Suspended, user_id, None, Some(json!({ "reason": reason })));
        record.events.push(self.recorder.mail(&user, AccountMail::Suspended, None));
        let since = user.suspended_at.unwrap_or_else(|| self.clock.now());
        self.set(user_id, Some(since), &record).await
    }

    /// Lets the person sign in again.
    pub async fn reinstate(&self, caller: &Caller, user_id: UserId) -> Result<User, SuspendUserError> {
        caller.require_admin()?;
        self.find(user_id).await?;
        let record = self.recorder.note(caller, Action::Reinstated, user_id, None, None);
        self.set(user_id, None, &record).await
    }

    async fn find(&self, id: UserId) -> Result<User, SuspendUserError> {
        self.users.find(&[id]).await.map_err(SuspendUserError::Port)?.pop().ok_or(SuspendUserError::NotFound)
    }

    async fn set(&self, id: UserId, since: Option<chrono::DateTime<chrono::Utc>>, record: &super::record::Record) -> Result<User, SuspendUserError> {
        let ending = Ending { keep: None, events: self.recorder.events() };
        self.users.set_suspended(id, since, ending, record).await.map_err(|error| match error {
            PortError::NotFound => SuspendUserError::NotFound,
            other => SuspendUserError::Port(other),
        })
    }
}
