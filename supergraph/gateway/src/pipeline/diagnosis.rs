//! What an answer tells developers in its `extensions`: deprecated parts that were used, the plan, and what took how long.

use std::collections::HashMap;

use super::Plan;
use super::deprecation::Found;
use super::trace::Trace;

/// Most deprecated parts told in one answer.
const MAX_DEPRECATED: usize = 100;

/// What one viewer is told of one operation.
pub(crate) struct Diagnosis {
    pub(super) deprecated: Found,
    pub(super) trace: Trace,
}

impl Diagnosis {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.deprecated.is_empty() && !self.trace.is_wanted()
    }

    /// What is known before the operation runs.
    pub(super) fn extensions(&self, plan: &Plan) -> HashMap<String, sonic_rs::Value> {
        let mut extensions = HashMap::new();
        if !self.deprecated.is_empty() {
            let told: Vec<_> = self.deprecated.iter().take(MAX_DEPRECATED).collect();
            extensions.extend(sonic_rs::to_value(&told).ok().map(|told| ("deprecations".to_owned(), told)));
        }
        if self.trace.is_wanted() {
            extensions.extend(sonic_rs::to_value(&plan.query).ok().map(|plan| ("plan".to_owned(), plan)));
        }
        extensions
    }
}
