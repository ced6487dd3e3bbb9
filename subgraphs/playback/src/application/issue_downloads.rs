//! Gives a listener the addresses of files to keep.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::events::Download;
use kernel::{Clock, IdGenerator, Viewer};

use super::issue_stream::IssueStreamError;
use super::ports::{GrantStore, GrantTokens};
use crate::domain::grant::{Grant, Lifetimes, Purpose};
use crate::domain::ladder::Ladder;

/// A file to keep, and where it is for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedDownload {
    /// The file.
    pub download: Download,
    /// Its address.
    pub url: String,
    /// When the address ends, unless it is used before.
    pub expires_at: DateTime<Utc>,
}

/// Issues downloads.
pub struct IssueDownloads {
    pub(super) grants: Arc<dyn GrantStore>,
    pub(super) tokens: Arc<dyn GrantTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) lifetimes: Lifetimes,
    pub(super) public_url: String,
}

impl IssueDownloads {
    /// Addresses of all files of `ladder`, which the caller found published, for the viewer alone. They share one right, which does not
    /// open a stream.
    pub async fn run(&self, viewer: &Viewer, ladder: &Ladder) -> Result<Vec<IssuedDownload>, IssueStreamError> {
        let session = viewer.require_session()?;
        if ladder.downloads.is_empty() {
            return Ok(Vec::new());
        }
        let grant = Grant::issue(self.ids.next(), Some(session.user_id), ladder, Purpose::Download, self.clock.now(), self.lifetimes);
        self.grants.put(&grant).await?;
        let folder = format!("{}/media/{}/downloads", self.public_url, self.tokens.issue(grant.id));
        let issued =
            |download: &Download| IssuedDownload { download: download.clone(), url: format!("{folder}/{}", download.file), expires_at: grant.expires_at };
        Ok(ladder.downloads.iter().map(issued).collect())
    }
}
