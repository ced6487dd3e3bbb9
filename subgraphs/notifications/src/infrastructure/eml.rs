//! Mail as files: `.eml` (RFC 5322) in a folder, for a laptop without a mail server.

use std::path::PathBuf;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;

use super::lettre::Sender;
use crate::application::ports::{Letter, Mailer, SendError};

/// [`Mailer`] that writes `<mail id>.eml`. A file is complete or not there; sent again, it is replaced.
pub struct EmlMailer {
    folder: PathBuf,
    sender: Sender,
}

impl EmlMailer {
    /// Files in `folder`, which exists.
    pub const fn new(folder: PathBuf, sender: Sender) -> Self {
        Self { folder, sender }
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let unfinished = self.folder.join(format!("{name}.part"));
        // Its links open accounts: for the owner of the data folder only.
        let mut options = tokio::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        drop(file);
        tokio::fs::rename(unfinished, self.folder.join(name)).await
    }
}

#[async_trait]
impl Mailer for EmlMailer {
    async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let message = self.sender.message(letter)?;
        self.write(&format!("{}.eml", letter.id), &message.formatted()).await.map_err(|error| SendError::Transient(error.into()))
    }
}
