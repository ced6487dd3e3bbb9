//! Admins, and the person concerned, read the audit.

use std::sync::Arc;

use kernel::id::{AuditEntryId, UserId};
use kernel::paging::Direction;
use kernel::viewer::AccessError;
use kernel::{InvalidField, Page, PageRequest, PortError};

use super::caller::Caller;
use super::ports::AuditLog;
use crate::domain::audit::AuditEntry;

/// Why nothing is read.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditError {
    /// Nobody is signed in, or it is about somebody else.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The page makes no sense.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the audit cannot be read")]
    Port(#[from] PortError),
}

/// Reads the audit.
pub struct ReadAudit {
    pub(super) log: Arc<dyn AuditLog>,
}

impl ReadAudit {
    /// A page about `user_id`, newest first; for admins also about everybody. Read forward only.
    pub async fn run(&self, caller: &Caller, user_id: Option<UserId>, page: &PageRequest) -> Result<Page<AuditEntry>, ReadAuditError> {
        match user_id {
            Some(user_id) => caller.viewer.require_owner(user_id)?,
            None => caller.require_admin()?,
        };
        if page.direction == Direction::Backward {
            return Err(InvalidField::new("last", "this list is read forward only").into());
        }
        let before: Option<AuditEntryId> = page.key()?;
        Ok(page.page(self.log.entries(user_id, before, page.limit()).await?))
    }
}
