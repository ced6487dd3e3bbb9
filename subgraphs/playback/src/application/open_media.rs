//! Serves a media address: checks the right anew at every use, and prolongs it.

use std::sync::Arc;

use kernel::events::Download;
use kernel::{Clock, PortError};

use super::ports::{GrantTokens, LadderRepository, Prolongations};
use crate::domain::grant::Lifetimes;
use crate::domain::media_file::MediaFile;

/// Why a media address does not work.
#[derive(Debug, thiserror::Error)]
pub enum OpenMediaError {
    /// This installation never gave the address.
    #[error("this address was not given by this service")]
    Altered,
    /// It worked once.
    #[error("this address has ended; ask for a new stream")]
    Ended,
    /// The track is not published any more, or has another ladder now.
    #[error("this track cannot be streamed any more")]
    Withdrawn,
    /// The ladder has no such file.
    #[error("there is no such file")]
    NoSuchFile,
    /// A store failed.
    #[error("a store failed")]
    Port(#[from] PortError),
}

/// A file that may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedMedia {
    /// Where the blob store holds it.
    pub blob: String,
    /// What it is, when it is to be kept.
    pub download: Option<Download>,
}

/// Opens media addresses.
pub struct OpenMedia {
    pub(super) ladders: Arc<dyn LadderRepository>,
    pub(super) prolongations: Arc<dyn Prolongations>,
    pub(super) tokens: Arc<dyn GrantTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lifetimes: Lifetimes,
}

impl OpenMedia {
    /// Opens `file` of the ladder that `token` is for.
    pub async fn run(&self, token: &str, file: &MediaFile) -> Result<OpenedMedia, OpenMediaError> {
        let grant = self.tokens.verify(token).ok_or(OpenMediaError::Altered)?;
        let now = self.clock.now();
        let expires_at = self.prolongations.get(grant.id).await?.unwrap_or_else(|| grant.expires_at(self.lifetimes));
        if now >= expires_at {
            return Err(OpenMediaError::Ended);
        }
        let published = self.ladders.streamable(&[grant.track_id]).await?;
        let ladder = published.into_iter().find(|ladder| ladder.id == grant.ladder_id).ok_or(OpenMediaError::Withdrawn)?;
        let blob = file.blob(&ladder).filter(|_| grant.opens(file)).ok_or(OpenMediaError::NoSuchFile)?;
        let download = match file {
            MediaFile::Download(name) => ladder.downloads.into_iter().find(|download| download.file == *name),
            _ => None,
        };
        if let Some(until) = grant.prolonged(expires_at, now, self.lifetimes) {
            self.prolongations.put(grant.id, until, now).await?;
        }
        Ok(OpenedMedia { blob, download })
    }
}
