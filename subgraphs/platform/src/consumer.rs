//! Runs a context's event handlers: in log order, retried with backoff, then set aside as dead letters.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use kernel::event::EventDataError;
use kernel::{Event, PortError};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::bus::{Delivery, EventBus};
use crate::telemetry::{self, SPANS};

/// The pause after the bus could not be read.
const BUS_PAUSE: Duration = Duration::from_secs(1);
const BATCH: u32 = 64;

/// How stubbornly an event is tried before it becomes a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried in all.
    pub max_attempts: usize,
    /// The pause before the second attempt; each next one is twice as long, with jitter.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Retry {
    /// Six attempts in some seconds: enough for a restart of what the handler depends on, and the events behind it wait no longer.
    fn default() -> Self {
        Self { max_attempts: 6, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(10) }
    }
}

/// What a context does on some types of events.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// The types it wants.
    fn types(&self) -> &'static [&'static str];

    /// Handles one event. It may come twice: the handler asks its inbox, in the transaction of its effects.
    async fn handle(&self, event: &Event) -> Result<(), HandleError>;
}

/// Why an event could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// Trying again may help.
    #[error("cannot be handled now")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Trying again cannot help: the event goes to the dead letters at once.
    #[error("cannot be handled")]
    Permanent(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<PortError> for HandleError {
    fn from(error: PortError) -> Self {
        Self::Transient(error.into())
    }
}

impl From<EventDataError> for HandleError {
    fn from(error: EventDataError) -> Self {
        Self::Permanent(error.into())
    }
}

/// All handlers of one context at one place in the log.
pub struct Consumer {
    name: &'static str,
    handlers: Vec<Arc<dyn EventHandler>>,
    types: Vec<&'static str>,
    bus: Arc<dyn EventBus>,
    retry: Retry,
}

impl Consumer {
    /// The consumer `name` (the context's), with its handlers.
    pub fn new(name: &'static str, handlers: Vec<Arc<dyn EventHandler>>, bus: Arc<dyn EventBus>) -> Self {
        let mut types: Vec<_> = handlers.iter().flat_map(|handler| handler.types()).copied().collect();
        types.sort_unstable();
        types.dedup();
        Self { name, handlers, types, bus, retry: Retry::default() }
    }

    /// The same consumer, as stubborn as `retry` says.
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Reads and handles until cancelled; the event in hand is finished first.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.bus.poll(self.name, &self.types, BATCH).await {
                Ok(batch) if batch.is_empty() => {
                    tokio::select! { () = self.bus.wait(self.name) => {}, () = stop.cancelled() => {} }
                }
                Ok(batch) => self.work_off(batch, &stop).await,
                Err(error) => {
                    tracing::warn!(consumer = self.name, error = &error as &dyn std::error::Error, "cannot read the event bus");
                    tokio::select! { () = tokio::time::sleep(BUS_PAUSE) => {}, () = stop.cancelled() => {} }
                }
            }
        }
    }

    async fn work_off(&self, batch: Vec<Delivery>, stop: &CancellationToken) {
        for delivery in batch {
            if stop.is_cancelled() {
                return;
            }
            let settled = match self.attempt(&delivery.event, stop).await {
                Attempt::Done => self.bus.commit(self.name, delivery.position).await,
                Attempt::Stopped => return,
                Attempt::GaveUp { attempts, reason } => {
                    metrics::counter!("polyphony_dead_letters_total", "consumer" => self.name).increment(1);
                    tracing::error!(consumer = self.name, event = %delivery.event.id, kind = delivery.event.r#type, attempts, reason, "event set aside as a dead letter");
                    self.bus.bury(self.name, &delivery, attempts, &reason).await
                }
            };
            if let Err(error) = settled {
                // Not committed: the event comes again, and the inbox knows it.
                tracing::warn!(consumer = self.name, error = &error as &dyn std::error::Error, "cannot commit to the event bus");
                return;
            }
        }
    }

    async fn attempt(&self, event: &Event, stop: &CancellationToken) -> Attempt {
        let Retry { max_attempts, first_pause, longest_pause } = self.retry;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(first_pause)
            .with_max_delay(longest_pause)
            .with_max_times(max_attempts.saturating_sub(1))
            .with_jitter()
            .build();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.dispatch(event).await {
                Ok(()) => return Attempt::Done,
                Err(error) => error,
            };
            let reason = chain(&error);
            let pause = if matches!(error, HandleError::Transient(_)) { pauses.next() } else { None };
            let Some(pause) = pause else { return Attempt::GaveUp { attempts, reason } };
            tracing::warn!(consumer = self.name, event = %event.id, kind = event.r#type, attempts, reason, "event will be tried again");
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => return Attempt::Stopped }
        }
    }

    /// Hands `event` to every handler that wants its type.
    pub async fn dispatch(&self, event: &Event) -> Result<(), HandleError> {
        let span =
            tracing::debug_span!(target: SPANS, "handle event", otel.kind = "consumer", consumer = self.name, event.id = %event.id, event.type = event.r#type);
        if let Some(traceparent) = &event.traceparent {
            telemetry::continue_text(&span, traceparent);
        }
        let handling = async {
            for handler in self.handlers.iter().filter(|handler| handler.types().contains(&event.r#type.as_str())) {
                handler.handle(event).await?;
            }
            Ok(())
        };
        handling.instrument(span).await
    }
}

enum Attempt {
    Done,
    Stopped,
    GaveUp { attempts: u32, reason: String },
}

/// An error and its causes on one line, for logs and dead letters.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
