//! A circuit breaker: a subgraph that fails most of its fetches is left alone for a while, so that clients get their partial
//! answers at once instead of waiting each time, and the subgraph gets air to recover. Then one fetch tries it, and its outcome
//! decides.
//!
//! Own and not a crate's, because the kept ones take a mutex on every call; this is a few atomics. Counts that race at the edge of
//! a window may lose one or two, which changes nothing about a share of many.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use platform::config::SubgraphsConfig;
use tokio::time::Instant;

pub(super) struct Breaker {
    settings: Settings,
    born: Instant,
    /// When the window of the counts began, and until when the subgraph is left alone, in milliseconds since `born`; 0 is not.
    window_began: AtomicU64,
    open_until: AtomicU64,
    fetches: AtomicU32,
    failures: AtomicU32,
}

struct Settings {
    failures_percent: u64,
    min_fetches: u32,
    window: u64,
    pause: u64,
}

/// A fetch may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Normal,
    /// It decides whether the subgraph is well again.
    Trial,
}

/// What an outcome changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened,
    Closed,
}

impl Breaker {
    pub(super) fn new(config: &SubgraphsConfig) -> Self {
        let settings = Settings {
            failures_percent: config.breaker_failures_percent.into(),
            min_fetches: config.breaker_min_fetches.max(1),
            window: config.breaker_window_ms,
            pause: config.breaker_pause_ms.max(1),
        };
        Self {
            settings,
            born: Instant::now(),
            window_began: AtomicU64::new(0),
            open_until: AtomicU64::new(0),
            fetches: AtomicU32::new(0),
            failures: AtomicU32::new(0),
        }
    }

    fn now(&self) -> u64 {
        // Never 0, which means closed.
        u64::try_from(self.born.elapsed().saturating_add(Duration::from_millis(1)).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a fetch may go on, and as what.
    pub(super) fn pass(&self) -> Option<Pass> {
        let until = self.open_until.load(Ordering::Acquire);
        if until == 0 {
            return Some(Pass::Normal);
        }
        let now = self.now();
        if now < until {
            return None;
        }
        // The next trial comes after another pause, even if this one is given up by its client and never reports.
        let taken = self.open_until.compare_exchange(until, now + self.settings.pause, Ordering::AcqRel, Ordering::Relaxed);
        taken.is_ok().then_some(Pass::Trial)
    }

    /// Takes the outcome of a fetch that passed.
    pub(super) fn report(&self, pass: Pass, failed: bool) -> Change {
        if pass == Pass::Trial {
            self.start_counting();
            let until = if failed { self.now() + self.settings.pause } else { 0 };
            self.open_until.store(until, Ordering::Release);
            return if failed { Change::None } else { Change::Closed };
        }
        if self.window_began.load(Ordering::Relaxed) + self.settings.window < self.now() {
            self.start_counting();
        }
        let fetches = self.fetches.fetch_add(1, Ordering::Relaxed) + 1;
        if !failed {
            return Change::None;
        }
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let many = u64::from(failures) * 100 >= self.settings.failures_percent * u64::from(fetches);
        if fetches < self.settings.min_fetches || !many {
            return Change::None;
        }
        let opened = self.open_until.compare_exchange(0, self.now() + self.settings.pause, Ordering::AcqRel, Ordering::Relaxed);
        if opened.is_ok() { Change::Opened } else { Change::None }
    }

    fn start_counting(&self) {
        self.window_began.store(self.now(), Ordering::Relaxed);
        self.fetches.store(0, Ordering::Relaxed);
        self.failures.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn breaker() -> Breaker {
        let settings = Settings { failures_percent: 50, min_fetches: 4, window: 1_000, pause: 100 };
        Breaker { settings, ..Breaker::new(&platform::config::Config::embedded(std::path::Path::new("/nowhere")).unwrap().gateway.subgraphs) }
    }

    fn fetch(breaker: &Breaker, failed: bool) -> Change {
        breaker.report(breaker.pass().unwrap(), failed)
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_enough_failures_open_it_and_a_trial_closes_it() {
        let breaker = breaker();
        assert_eq!([true, true, true].map(|failed| fetch(&breaker, failed)), [Change::None; 3]);
        assert_eq!(fetch(&breaker, true), Change::Opened);
        assert_eq!(breaker.pass(), None);
        advance(Duration::from_millis(101)).await;
        let trial = breaker.pass();
        assert_eq!(trial, Some(Pass::Trial));
        assert_eq!(breaker.pass(), None, "one trial at a time");
        assert_eq!(breaker.report(Pass::Trial, false), Change::Closed);
        assert_eq!(fetch(&breaker, true), Change::None, "counts begin anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_or_forgotten_trial_leaves_it_open_for_another_pause() {
        let breaker = breaker();
        for _ in 0..4 {
            fetch(&breaker, true);
        }
        advance(Duration::from_millis(101)).await;
        assert_eq!(breaker.pass(), Some(Pass::Trial));
        assert_eq!(breaker.report(Pass::Trial, true), Change::None);
        assert_eq!(breaker.pass(), None);
        advance(Duration::from_millis(101)).await;
        assert_eq!(breaker.pass(), Some(Pass::Trial));
        advance(Duration::from_millis(101)).await;
        assert_eq!(breaker.pass(), Some(Pass::Trial));
    }

    #[tokio::test(start_paused = true)]
    async fn few_failures_among_many_fetches_or_over_a_long_time_do_not() {
        let breaker = breaker();
        for n in 0..30 {
            assert_eq!(fetch(&breaker, n % 3 == 2), Change::None, "{n}");
        }
        for _ in 0..9 {
            advance(Duration::from_millis(600)).await;
            assert_eq!(fetch(&breaker, true), Change::None);
        }
    }
}
