//! How long operations take, by their labels. The histogram of labels that have been met is at hand: to put the labels together and
//! look them up costs more than to record a duration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use metrics::{Histogram, histogram};

use crate::metrics::OPERATION;

/// What tells operations apart, in metrics. All are few: kinds and outcomes are ours, and [`Names`](crate::names::Names) are bounded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Labels {
    pub(crate) operation: Arc<str>,
    pub(crate) kind: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) client: Arc<str>,
}

impl Labels {
    fn histogram(&self) -> Histogram {
        histogram!(OPERATION, "operation" => self.operation.clone(), "kind" => self.kind, "outcome" => self.outcome, "client" => self.client.clone())
    }
}

/// The histograms of all operations: read by every one, written once for each labels.
#[derive(Default)]
pub(crate) struct Durations(ArcSwap<HashMap<Labels, Histogram>>);

impl Durations {
    /// Records that an operation of these labels took `duration`.
    pub(crate) fn record(&self, labels: &Labels, duration: Duration) {
        if let Some(histogram) = self.0.load().get(labels) {
            histogram.record(duration);
            return;
        }
        let histogram = labels.histogram();
        histogram.record(duration);
        self.0.rcu(|met| {
            let mut met = HashMap::clone(met);
            met.insert(labels.clone(), histogram.clone());
            met
        });
    }
}
