//! An operator forgets a mail that was given up.

use std::sync::Arc;

use kernel::id::MailId;
use kernel::viewer::AccessError;
use kernel::{PortError, Viewer};

use super::ports::MailQueue;

/// Why nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum DiscardMailError {
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

/// Forgets dead mail.
pub struct DiscardMail {
    pub(super) queue: Arc<dyn MailQueue>,
}

impl DiscardMail {
    /// It is gone.
    pub async fn run(&self, viewer: &Viewer, id: MailId) -> Result<(), DiscardMailError> {
        viewer.require_admin()?;
        self.queue.discard(id).await.map_err(|error| match error {
            PortError::NotFound => DiscardMailError::NotFound,
            other => DiscardMailError::Port(other),
        })
    }
}
