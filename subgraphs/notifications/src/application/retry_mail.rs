//! An operator wants another attempt at a mail that was given up.

use std::sync::Arc;

use kernel::id::MailId;
use kernel::viewer::AccessError;
use kernel::{Clock, PortError, Viewer};

use super::ports::MailQueue;

/// Why nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum RetryMailError {
    /// Not an admin.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// No such mail was given up.
    #[error("there is no such undelivered mail")]
    NotFound,
    /// A port failed.
    #[error("the mail queue cannot be changed")]
    Port(#[source] PortError),
}

/// Retries dead mail.
pub struct RetryMail {
    pub(super) queue: Arc<dyn MailQueue>,
    pub(super) clock: Arc<dyn Clock>,
}

impl RetryMail {
    /// It is due at once, with all its attempts again.
    pub async fn run(&self, viewer: &Viewer, id: MailId) -> Result<(), RetryMailError> {
        viewer.require_admin()?;
        self.queue.revive(id, self.clock.now()).await.map_err(|error| match error {
            PortError::NotFound => RetryMailError::NotFound,
            other => RetryMailError::Port(other),
        })
    }
}
