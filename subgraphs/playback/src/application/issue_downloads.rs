//! Gives a listener the addresses of files to keep.

use chrono::{DateTime, Utc};
use kernel::Viewer;
use kernel::events::Download;
use kernel::viewer::AccessError;

use super::issue_grant::{IssueGrant, IssuedGrant};
use crate::domain::grant::Purpose;
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
    pub(super) issue_grant: IssueGrant,
}

impl IssueDownloads {
    /// Addresses of all files of `ladder`, which the caller found published, for those who are signed in. They share one right, which
    /// does not open a stream.
    pub fn run(&self, viewer: &Viewer, ladder: &Ladder) -> Result<Vec<IssuedDownload>, AccessError> {
        viewer.require_session()?;
        let IssuedGrant { folder, expires_at } = self.issue_grant.run(ladder, Purpose::Download);
        let issued = |download: &Download| IssuedDownload { download: download.clone(), url: format!("{folder}/downloads/{}", download.file), expires_at };
        Ok(ladder.downloads.iter().map(issued).collect())
    }
}
