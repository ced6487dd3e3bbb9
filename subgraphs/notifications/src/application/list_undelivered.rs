//! An operator looks at what could not be delivered.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{PortError, Viewer};

use super::ports::MailQueue;
use crate::domain::mail::DeadMail;

/// More than anybody reads at once.
const LIMIT: u64 = 100;

/// Why nothing is listed.
#[derive(Debug, thiserror::Error)]
pub enum ListUndeliveredError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the mail queue cannot be read")]
    Port(#[from] PortError),
}

/// Lists dead mail.
pub struct ListUndelivered {
    pub(super) queue: Arc<dyn MailQueue>,
}

impl ListUndelivered {
    /// The newest hundred.
    pub async fn run(&self, viewer: &Viewer) -> Result<Vec<DeadMail>, ListUndeliveredError> {
        viewer.require_admin()?;
        Ok(self.queue.dead(LIMIT).await?)
    }
}
