//! Gives a listener the addresses of a published ladder.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError, Scope, Viewer};

use super::ports::{GrantStore, GrantTokens};
use crate::domain::grant::{Grant, Lifetimes, Purpose};
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

/// Why no address was given.
#[derive(Debug, thiserror::Error)]
pub enum IssueStreamError {
    /// Nobody is signed in, or a partner's key has not the scope.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The grant cannot be kept.
    #[error("the grant cannot be kept")]
    Port(#[from] PortError),
}

/// Issues streams.
pub struct IssueStream {
    pub(super) grants: Arc<dyn GrantStore>,
    pub(super) tokens: Arc<dyn GrantTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) lifetimes: Lifetimes,
    pub(super) public_url: String,
}

impl IssueStream {
    /// Addresses of `ladder`, which the caller found published, for the viewer alone.
    pub async fn run(&self, viewer: &Viewer, ladder: &Ladder) -> Result<IssuedStream, IssueStreamError> {
        viewer.require_scope(Scope::PlaybackStream)?;
        let grant = Grant::issue(self.ids.next(), viewer.user_id(), ladder, Purpose::Stream, self.clock.now(), self.lifetimes);
        self.grants.put(&grant).await?;
        Ok(IssuedStream { folder: format!("{}/media/{}", self.public_url, self.tokens.issue(grant.id)), expires_at: grant.expires_at })
    }
}
