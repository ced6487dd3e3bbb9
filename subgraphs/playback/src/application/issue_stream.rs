//! Gives a listener the address of a published ladder.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError, Scope, Viewer};

use super::ports::{GrantStore, GrantTokens};
use crate::domain::grant::{Grant, Lifetimes};
use crate::domain::ladder::Ladder;

/// A media address and how long it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedStream {
    /// The multivariant playlist's address.
    pub url: String,
    /// When it ends, unless it is used before.
    pub expires_at: DateTime<Utc>,
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
    /// An address of `ladder`, which the caller found published, for the viewer alone.
    pub async fn run(&self, viewer: &Viewer, ladder: &Ladder) -> Result<IssuedStream, IssueStreamError> {
        viewer.require_scope(Scope::PlaybackStream)?;
        let grant = Grant::issue(self.ids.next(), viewer.user_id(), (ladder.track_id, ladder.id), self.clock.now(), self.lifetimes);
        self.grants.put(&grant).await?;
        Ok(IssuedStream { url: format!("{}/media/{}/master.m3u8", self.public_url, self.tokens.issue(grant.id)), expires_at: grant.expires_at })
    }
}
