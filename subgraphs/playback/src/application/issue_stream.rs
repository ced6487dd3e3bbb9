//! Gives a listener the addresses of a published ladder.

use chrono::{DateTime, Utc};
use kernel::viewer::AccessError;
use kernel::{Scope, Viewer};

use super::issue_grant::{IssueGrant, IssuedGrant};
use crate::domain::grant::Purpose;
use crate::domain::ladder::Ladder;
use crate::domain::media_file::{Listing, Picture};

/// Media addresses and how long they work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedStream {
    folder: String,
    /// When they end, unless one is used before.
    pub expires_at: DateTime<Utc>,
}

impl IssuedStream {
    /// The address of `listing`, if `ladder` has it.
    pub fn url(&self, ladder: &Ladder, listing: Listing) -> Option<String> {
        listing.is_of(ladder).then(|| format!("{}/{}", self.folder, listing.file()))
    }

    /// The address of `picture`.
    pub fn picture_url(&self, picture: Picture) -> String {
        format!("{}/{}", self.folder, picture.file())
    }
}

/// Issues streams.
pub struct IssueStream {
    pub(super) issue_grant: IssueGrant,
}

impl IssueStream {
    /// Addresses of `ladder`, which the caller found published. Who is not signed in, and a partner's key without the scope, is refused.
    pub fn run(&self, viewer: &Viewer, ladder: &Ladder) -> Result<IssuedStream, AccessError> {
        viewer.require_scope(Scope::PlaybackStream)?;
        let IssuedGrant { folder, expires_at } = self.issue_grant.run(ladder, Purpose::Stream);
        Ok(IssuedStream { folder, expires_at })
    }
}
