//! How many live connections somebody has: each costs memory and a task for as long as it is open, so one viewer, or one address of
//! the anonymous, may have so many and no more.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::id::UserId;
use kernel::{ErrorKind, Viewer};
use platform::config::LiveConfig;

use crate::pipeline::{Fault, RequestError};

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Viewer(UserId),
    Address(IpAddr),
}

/// All live connections of this process; cheap to clone.
#[derive(Clone)]
pub(crate) struct LiveConnections {
    // Taken only when a connection opens or closes.
    counts: Arc<Mutex<HashMap<Owner, usize>>>,
    max_per_viewer: usize,
    max_per_address: usize,
}

/// One counted connection; no longer counted when dropped.
pub(crate) struct LiveConnection {
    counts: Arc<Mutex<HashMap<Owner, usize>>>,
    owner: Option<Owner>,
}

/// Its owner has as many as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

/// What to tell who has too many: somebody may close one any time.
const RETRY_AFTER_SECS: u64 = 10;

impl From<TooMany> for RequestError {
    fn from(_: TooMany) -> Self {
        let text = "there are too many live connections from here; close one first";
        Self::new(Fault::TooMany, ErrorKind::RateLimited.code(), text).retry_after(RETRY_AFTER_SECS)
    }
}

impl LiveConnections {
    pub(crate) fn new(config: &LiveConfig) -> Self {
        Self { counts: Arc::default(), max_per_viewer: config.max_per_viewer, max_per_address: config.max_per_address }
    }

    /// Counts one more connection of `viewer`, or of `address` as long as nobody has signed in on it. One whose address is not known
    /// is not counted.
    pub(crate) fn open(&self, viewer: &Viewer, address: Option<IpAddr>) -> Result<LiveConnection, TooMany> {
        let (owner, max) = match viewer.user_id() {
            Some(user) => (Some(Owner::Viewer(user)), self.max_per_viewer),
            None => (address.map(Owner::Address), self.max_per_address),
        };
        if let Some(owner) = owner {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(owner).or_default();
            if *count >= max {
                metrics::counter!(crate::metrics::LIVE_REFUSED).increment(1);
                return Err(TooMany);
            }
            *count += 1;
        }
        Ok(LiveConnection { counts: self.counts.clone(), owner })
    }
}

impl Drop for LiveConnection {
    fn drop(&mut self) {
        let Some(owner) = self.owner else { return };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&owner) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&owner);
            }
        }
    }
}
