//! The event bus: a durable log from which each consumer reads in order, at its own pace.

mod embedded;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use kernel::{Event, PortError};

pub use embedded::EmbeddedEventBus;

/// The id of no user: whom events mention in place of somebody who is forgotten.
pub const NOBODY: &str = "user_00000000000000000000000000";

/// An event as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its place; grows along the log, has gaps.
    pub position: i64,
    /// The event.
    pub event: Event,
}

/// An event a consumer gave up on, kept until an operator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Names it to [`EventBus::dead_letter`] and [`EventBus::discard`].
    pub id: i64,
    /// Who gave up.
    pub consumer: String,
    /// On what.
    pub event: Event,
    /// How often it was tried.
    pub attempts: u32,
    /// The last error, for operators.
    pub reason: String,
    /// When it was given up.
    pub buried_at: DateTime<Utc>,
}

/// A durable, ordered log of events.
///
/// Guarantees: what `publish` accepted survives a crash of the process; publishing an event id again changes nothing; a
/// consumer sees events in log order, each at least once, until it commits; consumers do not disturb one another.
#[async_trait]
pub trait EventBus: Send + Sync + 'static {
    /// Appends in the given order, all or none.
    async fn publish(&self, events: &[Event]) -> Result<(), PortError>;

    /// Up to `limit` events of the `types` after what `consumer` committed; returns at once, empty when there are none.
    /// A new consumer begins at the start of the log.
    async fn poll(&self, consumer: &str, types: &[&str], limit: u32) -> Result<Vec<Delivery>, PortError>;

    /// Returns when something may have been published since `consumer` last polled; may return early.
    async fn wait(&self, consumer: &str);

    /// `consumer` is done with everything up to and including `position`. Never moves back.
    async fn commit(&self, consumer: &str, position: i64) -> Result<(), PortError>;

    /// Sets a delivery aside as a dead letter and commits it, in one step.
    async fn bury(&self, consumer: &str, delivery: &Delivery, attempts: u32, reason: &str) -> Result<(), PortError>;

    /// Dead letters of `consumer` (of all when none), oldest first.
    async fn dead_letters(&self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, PortError>;

    /// One dead letter, for handling it again. `NotFound` when there is none.
    async fn dead_letter(&self, id: i64) -> Result<DeadLetter, PortError>;

    /// Forgets a dead letter. `NotFound` when there is none.
    async fn discard(&self, id: i64) -> Result<(), PortError>;

    /// Sends `consumer` back to the start of the log, to rebuild what it made. Handlers are idempotent by their inbox,
    /// so a context that rebuilds clears its inbox first.
    async fn rewind(&self, consumer: &str) -> Result<(), PortError>;

    /// Forgets a person: events and dead letters about `subject` go, and where others mention it, [`NOBODY`] stands from then on. For when
    /// every consumer has acted on the subject's end.
    async fn forget(&self, subject: &str) -> Result<(), PortError>;

    /// Events of the `types` published from now on, for live interfaces: not durable, a slow reader loses the oldest.
    fn tail(&self, types: &'static [&'static str]) -> BoxStream<'static, Event>;
}
