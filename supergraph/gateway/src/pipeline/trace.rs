//! What answering one operation took, for those who ask and may: how long each stage and each fetch was.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// The stages of one request, and later the fetches of one answer; or nothing, when nobody asked. Cheap to clone; clones share
/// what they know.
#[derive(Clone, Default)]
pub(crate) struct Trace(Option<Arc<Inner>>);

struct Inner {
    started: Instant,
    stages: Mutex<Vec<(&'static str, Duration)>>,
    fetches: Mutex<Vec<Fetch>>,
}

/// Times are milliseconds; `startMs` counts from the request's arrival.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fetch {
    subgraph: String,
    start_ms: f64,
    duration_ms: f64,
}

impl Trace {
    /// Begins now, if it is `wanted`.
    pub(crate) fn begin(wanted: bool) -> Self {
        Self(wanted.then(|| Arc::new(Inner { started: Instant::now(), stages: Mutex::default(), fetches: Mutex::default() })))
    }

    pub(crate) const fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// A stage ends now, which began when the one before ended.
    pub(crate) fn stage(&self, name: &'static str) {
        let Some(inner) = &self.0 else { return };
        let mut stages = inner.stages.lock().unwrap_or_else(PoisonError::into_inner);
        let took = inner.since(&stages);
        stages.push((name, took));
    }

    /// A fetch from `subgraph` ends now, which began at `began`.
    pub(crate) fn fetched(&self, subgraph: &str, began: Instant) {
        let Some(inner) = &self.0 else { return };
        let start_ms = ms(began.saturating_duration_since(inner.started));
        let fetch = Fetch { subgraph: subgraph.to_owned(), start_ms, duration_ms: ms(began.elapsed()) };
        inner.fetches.lock().unwrap_or_else(PoisonError::into_inner).push(fetch);
    }

    /// `extensions.timing` as it is now. Fetches are told once: each event of a live operation has its own.
    pub(crate) fn timing(&self) -> Option<sonic_rs::Value> {
        let inner = self.0.as_ref()?;
        let stages = inner.stages.lock().unwrap_or_else(PoisonError::into_inner);
        let execute = ("execute", inner.since(&stages));
        let stages: BTreeMap<_, _> = stages.iter().chain([&execute]).map(|(name, took)| (*name, ms(*took))).collect();
        let fetches = std::mem::take(&mut *inner.fetches.lock().unwrap_or_else(PoisonError::into_inner));
        Some(sonic_rs::json!({ "totalMs": ms(inner.started.elapsed()), "stagesMs": stages, "fetches": fetches }))
    }
}

impl Inner {
    fn since(&self, stages: &[(&'static str, Duration)]) -> Duration {
        self.started.elapsed().saturating_sub(stages.iter().map(|(_, took)| *took).sum())
    }
}

/// To a microsecond: more digits tell nothing.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
