//! What partners' keys are used for: counted here, told to `users` by events every few seconds and at a clean stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use dashmap::DashMap;
use kernel::event::EventFactory;
use kernel::events::{ApiKeyUsed, OperationUse};
use kernel::id::ApiKeyId;
use kernel::{Clock, Event, PortError, Viewer};
use platform::bus::EventBus;
use tokio_util::sync::CancellationToken;

/// How often is told.
const EVERY: Duration = Duration::from_secs(2);
/// How often a stop tries to tell before it gives up.
const LAST_ATTEMPTS: u32 = 3;
/// Operations of one key that are told apart between two reports; clients choose the names.
const MAX_OPERATIONS: usize = 200;
/// The longest name that is kept.
const LONGEST_NAME: usize = 100;
/// Under which the others are added up; no operation can be named so.
const OTHERS: &str = "(others)";

/// Where use is told.
#[derive(Clone)]
pub struct UsageReports {
    /// The bus that `users` reads.
    pub bus: Arc<dyn EventBus>,
    /// Envelopes in the gateway's name.
    pub events: EventFactory,
}

/// What one operation was.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    requests: u64,
    refused: u64,
    cost: u64,
}

struct KeyUse {
    last_used_at: DateTime<Utc>,
    operations: HashMap<String, Count>,
}

/// Counts.
pub(crate) struct Meter {
    reports: Option<UsageReports>,
    clock: Arc<dyn Clock>,
    // Of two keys, neither waits for the other.
    counted: DashMap<(ApiKeyId, NaiveDate), KeyUse>,
    /// Reports that could not be told yet: told again under the same ids, which the bus and `users` know.
    untold: tokio::sync::Mutex<Vec<Event>>,
}

impl Meter {
    pub(crate) fn new(reports: Option<UsageReports>, clock: Arc<dyn Clock>) -> Self {
        Self { reports, clock, counted: DashMap::new(), untold: tokio::sync::Mutex::default() }
    }

    /// A request was let in, for so many units.
    pub(crate) fn let_in(&self, viewer: &Viewer, operation: Option<&str>, cost: u64) {
        self.count(viewer, operation, Count { requests: 1, refused: 0, cost });
    }

    /// A request that was let in took so many units more.
    pub(crate) fn spent(&self, viewer: &Viewer, operation: Option<&str>, cost: u64) {
        self.count(viewer, operation, Count { requests: 0, refused: 0, cost });
    }

    /// A request was refused because a quota was used up.
    pub(crate) fn refused(&self, viewer: &Viewer, operation: Option<&str>) {
        self.count(viewer, operation, Count { requests: 0, refused: 1, cost: 0 });
    }

    fn count(&self, viewer: &Viewer, operation: Option<&str>, more: Count) {
        let (Some(partner), Some(_)) = (viewer.partner(), &self.reports) else { return };
        let now = self.clock.now();
        let name = operation.unwrap_or_default();
        let name = if name.len() > LONGEST_NAME { OTHERS } else { name };
        let entry = self.counted.entry((partner.key_id, now.date_naive()));
        let mut of_key = entry.or_insert_with(|| KeyUse { last_used_at: now, operations: HashMap::new() });
        of_key.last_used_at = of_key.last_used_at.max(now);
        let name = if of_key.operations.len() >= MAX_OPERATIONS && !of_key.operations.contains_key(name) { OTHERS } else { name };
        let count = of_key.operations.entry(name.to_owned()).or_default();
        count.requests += more.requests;
        count.refused += more.refused;
        count.cost += more.cost;
    }

    /// Tells what was counted until `stop`, and then the rest.
    pub(crate) async fn report(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            if let Err(error) = self.tell().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the use of API keys cannot be told now");
            }
        }
        for attempt in 1..=LAST_ATTEMPTS {
            match self.tell().await {
                Ok(()) => return,
                Err(error) => tracing::error!(error = &error as &dyn std::error::Error, attempt, "the last use of API keys cannot be told"),
            }
            tokio::time::sleep(EVERY / 10).await;
        }
    }

    /// Tells what was counted; what cannot be told stays.
    pub(crate) async fn tell(&self) -> Result<(), PortError> {
        let Some(reports) = &self.reports else { return Ok(()) };
        let mut untold = self.untold.lock().await;
        // While these cannot be told, the newer ones go on being added up: they take no more room for it.
        if !untold.is_empty() {
            reports.bus.publish(&untold).await?;
            untold.clear();
        }
        let keys: Vec<_> = self.counted.iter().map(|of_key| *of_key.key()).collect();
        untold.extend(keys.iter().filter_map(|key| self.counted.remove(key)).map(|((key_id, day), of_key)| {
            let operations =
                of_key.operations.into_iter().map(|(operation, Count { requests, refused, cost })| OperationUse { operation, requests, refused, cost });
            reports.events.wrap(&ApiKeyUsed { key_id, day, last_used_at: of_key.last_used_at, operations: operations.collect() })
        }));
        if !untold.is_empty() {
            reports.bus.publish(&untold).await?;
            untold.clear();
        }
        Ok(())
    }
}
