//! Entities that are kept: what a subgraph answered about one entity, for as long as the hints of all asked fields allow and until
//! an event names the entity.
//!
//! Only what is public is kept, and what the hints call public is what anonymous viewers see: a signed-in person may see more of
//! the same entity. So only anonymous viewers are given what is kept, and nothing that was answered to anybody else is ever kept.

mod embedded;
mod fetch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub(crate) use embedded::EmbeddedEntityCache;
pub(crate) use fetch::{EntityFetches, KeptFetch};

/// What was asked about which entity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The entity's id, by which events name it.
    pub(crate) entity: Box<str>,
    /// The subgraph and the text of the fetch.
    pub(crate) fetch: Arc<str>,
    /// The fetch's variables and the entity's representation, as JSON. All of it and not a hash, which somebody could make meet.
    pub(crate) given: Box<[u8]>,
}

/// A moment in the order of what was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

/// Keeps entities.
///
/// Guarantees: a value is gone once its life has passed, and may be gone earlier; once `forget` has returned, no value is given that
/// was asked for before, even one that is put afterwards.
#[async_trait]
pub(crate) trait EntityCache: Send + Sync + 'static {
    /// Now; taken before an entity is asked for, and given with its value.
    async fn moment(&self) -> Moment;

    /// The values, in the order of the keys.
    async fn get(&self, keys: &[Key]) -> Vec<Option<Bytes>>;

    /// Keeps values that were asked for at `moment` for `life`.
    async fn put(&self, moment: Moment, values: Vec<(Key, Bytes)>, life: Duration);

    /// Forgets all that is known of an entity.
    async fn forget(&self, entity: &str);
}
