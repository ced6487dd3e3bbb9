//! What stands between a request and a subgraph that is slow, failing or overrun: a limited number of fetches at once, a
//! time limit, retries of queries, and a circuit breaker. Each subgraph has its own, so that one in trouble costs only its own
//! fields.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use platform::config::SubgraphsConfig;
use tokio::time::{Instant, timeout_at};

use super::Failure;
use super::breaker::{Breaker, Change};
use crate::places::{Place, Places};

/// Until when a request waits for its subgraphs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

pub(super) struct Guard {
    subgraph: String,
    places: Places,
    breaker: Breaker,
    timeout: Duration,
    max_wait: Duration,
    max_answer_bytes: usize,
    retries: ExponentialBuilder,
}

impl Guard {
    pub(super) fn new(subgraph: String, config: &SubgraphsConfig) -> Self {
        Self {
            subgraph,
            places: Places::new(config.max_concurrent),
            breaker: Breaker::new(config),
            timeout: Duration::from_millis(config.timeout_ms),
            max_wait: Duration::from_millis(config.max_wait_ms),
            max_answer_bytes: config.max_answer_bytes,
            retries: ExponentialBuilder::default().with_min_delay(Duration::from_millis(config.retry_pause_ms)).with_max_times(config.retries).with_jitter(),
        }
    }

    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Runs `attempt`, which gets the number of bytes that it may bring at most. A query whose subgraph could not be reached is tried again
    /// while there is time; a mutation never is, because it may have been carried out.
    pub(super) async fn run<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        is_query: bool,
        Deadline(deadline): Deadline,
        attempt: impl Fn(usize) -> F,
    ) -> Result<T, Failure> {
        let mut pauses = self.retries.build();
        loop {
            let failure = match self.once(deadline, &attempt).await {
                Err(failure) if is_query && failure.may_pass() => failure,
                outcome => return outcome,
            };
            match pauses.next() {
                Some(pause) if Instant::now() + pause < deadline => {
                    metrics::counter!(crate::metrics::SUBGRAPH_RETRIES, "subgraph" => self.subgraph.clone()).increment(1);
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(failure),
            }
        }
    }

    async fn once<T, F: Future<Output = Result<T, Failure>>>(&self, deadline: Instant, attempt: &impl Fn(usize) -> F) -> Result<T, Failure> {
        // The place first: a trial of the breaker must not wait for one.
        let _place = self.place(deadline).await?;
        let Some(pass) = self.breaker.pass() else {
            self.count(Failure::LeftAlone);
            return Err(Failure::LeftAlone);
        };
        let limit = deadline.min(Instant::now() + self.timeout);
        let outcome = match timeout_at(limit, attempt(self.max_answer_bytes)).await {
            Ok(outcome) => outcome,
            Err(_) if limit == deadline => Err(Failure::OutOfTime),
            Err(_) => Err(Failure::TooSlow),
        };
        self.judge(self.breaker.report(pass, matches!(&outcome, Err(failure) if failure.is_of_the_subgraph())));
        if let Err(failure) = &outcome {
            tracing::warn!(subgraph = self.subgraph, reason = failure.as_str(), "a fetch brought nothing");
            self.count(*failure);
        }
        outcome
    }

    async fn place(&self, deadline: Instant) -> Result<Place, Failure> {
        if let Some(place) = self.places.try_take() {
            return Ok(place);
        }
        let patience = deadline.min(Instant::now() + self.max_wait);
        timeout_at(patience, self.places.take()).await.map_err(|_| {
            tracing::warn!(subgraph = self.subgraph, "too many fetches wait for this subgraph");
            self.count(Failure::Overrun);
            Failure::Overrun
        })
    }

    fn judge(&self, change: Change) {
        let open = match change {
            Change::None => return,
            Change::Opened => {
                tracing::error!(subgraph = self.subgraph, "this subgraph fails too often and is left alone for a while");
                1.0
            }
            Change::Closed => {
                tracing::info!(subgraph = self.subgraph, "this subgraph answers again");
                0.0
            }
        };
        metrics::gauge!(crate::metrics::LEFT_ALONE, "subgraph" => self.subgraph.clone()).set(open);
    }

    /// Failures only: what is well is counted with its duration elsewhere.
    fn count(&self, failure: Failure) {
        metrics::counter!(crate::metrics::SUBGRAPH_FAILURES, "subgraph" => self.subgraph.clone(), "reason" => failure.as_str()).increment(1);
    }
}
