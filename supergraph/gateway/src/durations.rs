//! How long operations take, by their labels. The histogram of labels that have been met is at hand: to put the labels together and
//! look them up costs more than to record a duration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use metrics::{Histogram, histogram};
use platform::config::MetricsConfig;

use crate::metrics::OPERATION;
use crate::names::Names;

/// What tells operations apart, in metrics. All are few: kinds and outcomes are ours, and [`Names`] are bounded.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Labels {
    operation: Arc<str>,
    kind: &'static str,
    outcome: &'static str,
    client: Arc<str>,
}

impl Labels {
    fn histogram(&self) -> Histogram {
        histogram!(OPERATION, "operation" => self.operation.clone(), "kind" => self.kind, "outcome" => self.outcome, "client" => self.client.clone())
    }
}

/// The histograms of all operations.
pub(crate) struct Durations {
    operations: Names,
    clients: Names,
    /// Read by every operation, written once for each labels.
    met: ArcSwap<HashMap<Labels, Histogram>>,
}

/// The operation's name for metrics.
#[derive(Clone, Copy)]
pub(crate) enum OperationName<'n> {
    /// One of ours, which needs no bound.
    Trusted(&'n Arc<str>),
    /// What a client calls it, if it does.
    Given(Option<&'n str>),
}

impl Durations {
    pub(crate) fn new(config: &MetricsConfig) -> Self {
        Self { operations: Names::new(config.operation_names, "unnamed"), clients: Names::new(config.client_names, "unknown"), met: ArcSwap::default() }
    }

    /// Records that an operation of these labels took `duration`.
    pub(crate) fn record(&self, operation: OperationName<'_>, kind: &'static str, outcome: &'static str, client: Option<&str>, duration: Duration) {
        let operation = match operation {
            OperationName::Trusted(name) => name.clone(),
            OperationName::Given(name) => self.operations.label(name),
        };
        let labels = Labels { operation, kind, outcome, client: self.clients.label(client) };
        if let Some(histogram) = self.met.load().get(&labels) {
            histogram.record(duration);
            return;
        }
        let histogram = labels.histogram();
        histogram.record(duration);
        self.met.rcu(|met| {
            let mut met = HashMap::clone(met);
            met.insert(labels.clone(), histogram.clone());
            met
        });
    }
}
