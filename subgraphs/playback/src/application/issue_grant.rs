//! Gives a right to a ladder, as the address it is used at. Nothing is kept: a page that shows many addresses costs no store.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::{Clock, IdGenerator};

use super::ports::GrantTokens;
use crate::domain::grant::{Grant, Lifetimes, Purpose};
use crate::domain::ladder::Ladder;

/// Issues grants. Whoever asks has looked whether the viewer may have one.
#[derive(Clone)]
pub(super) struct IssueGrant {
    pub(super) tokens: Arc<dyn GrantTokens>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) lifetimes: Lifetimes,
    pub(super) public_url: String,
}

/// A grant as it leaves the house.
pub(super) struct IssuedGrant {
    /// What the addresses of its files begin with, without a slash at the end.
    pub(super) folder: String,
    /// When they end, unless one is used before.
    pub(super) expires_at: DateTime<Utc>,
}

impl IssueGrant {
    /// A right to `ladder` from now on.
    pub(super) fn run(&self, ladder: &Ladder, purpose: Purpose) -> IssuedGrant {
        let grant = Grant::issue(self.ids.next(), ladder, purpose, self.clock.now());
        IssuedGrant { folder: format!("{}/media/{}", self.public_url, self.tokens.issue(&grant)), expires_at: grant.expires_at(self.lifetimes) }
    }
}
