//! The contract of [`RateLimiter`], run on every adapter.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use platform::rate_limiter::{EmbeddedRateLimiter, Quota, RateLimiter};
use platform::testing::FakeClock;

const MINUTE: Quota = Quota { name: "minute", limit: 10, window: Duration::from_secs(60) };
const DAY: Quota = Quota { name: "day", limit: 25, window: Duration::from_secs(24 * 60 * 60) };

struct Adapter {
    name: &'static str,
    limiter: Arc<dyn RateLimiter>,
    clock: Arc<FakeClock>,
}

fn each() -> Vec<Adapter> {
    let clock = Arc::new(FakeClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
    vec![Adapter { name: "embedded", limiter: Arc::new(EmbeddedRateLimiter::new(clock.clone(), 10_000)), clock }]
}

impl Adapter {
    async fn spend(&self, payer: &str, quotas: &[Quota], cost: u64) -> bool {
        self.limiter.spend(payer, quotas, cost).await.unwrap().is_allowed()
    }

    async fn remaining(&self, payer: &str, quotas: &[Quota]) -> Vec<u64> {
        let verdict = self.limiter.spend(payer, quotas, 0).await.unwrap();
        assert!(verdict.is_allowed(), "looking is always allowed");
        verdict.standings.iter().map(|standing| standing.remaining).collect()
    }
}

#[tokio::test]
async fn a_window_holds_its_limit_and_says_when_to_come_again() {
    for adapter in each() {
        for left in (0..10).rev() {
            let verdict = adapter.limiter.spend("a", &[MINUTE], 1).await.unwrap();
            assert_eq!((verdict.is_allowed(), verdict.standings[0].remaining), (true, left), "{}", adapter.name);
        }
        adapter.clock.advance(TimeDelta::seconds(20));
        let verdict = adapter.limiter.spend("a", &[MINUTE], 1).await.unwrap();
        assert_eq!((verdict.standings[0].remaining, verdict.standings[0].reset), (0, Duration::from_secs(40)), "{}", adapter.name);
        let wait = verdict.retry_after.unwrap();
        assert!(wait > Duration::from_secs(40) && wait <= Duration::from_secs(60), "{}: {wait:?}", adapter.name);
        adapter.clock.advance(TimeDelta::from_std(wait).unwrap() - TimeDelta::milliseconds(1));
        assert!(!adapter.spend("a", &[MINUTE], 1).await, "{}", adapter.name);
        adapter.clock.advance(TimeDelta::milliseconds(1));
        assert!(adapter.spend("a", &[MINUTE], 1).await, "{}", adapter.name);
    }
}

#[tokio::test]
async fn no_burst_of_twice_the_limit_where_two_windows_meet() {
    for adapter in each() {
        assert!(adapter.spend("a", &[MINUTE], 1).await);
        adapter.clock.advance(TimeDelta::seconds(59));
        assert!(adapter.spend("a", &[MINUTE], 9).await);
        adapter.clock.advance(TimeDelta::seconds(2));
        assert!(!adapter.spend("a", &[MINUTE], 5).await, "{}", adapter.name);
        assert_eq!(adapter.remaining("a", &[MINUTE]).await, [0], "{}", adapter.name);
    }
}

#[tokio::test]
async fn all_quotas_are_spent_or_none() {
    for adapter in each() {
        let quotas = [MINUTE, DAY];
        for _ in 0..2 {
            assert!(adapter.spend("a", &quotas, 10).await);
            adapter.clock.advance(TimeDelta::minutes(2));
        }
        assert_eq!(adapter.remaining("a", &quotas).await, [10, 5], "{}", adapter.name);
        let verdict = adapter.limiter.spend("a", &quotas, 6).await.unwrap();
        assert!(verdict.retry_after.unwrap() > Duration::from_secs(60 * 60), "the day is what it waits for: {verdict:?}");
        assert_eq!(adapter.remaining("a", &quotas).await, [10, 5], "{}: a refusal spends nothing", adapter.name);
        assert!(adapter.spend("a", &quotas, 5).await);
        assert_eq!(adapter.remaining("a", &quotas).await, [5, 0], "{}", adapter.name);
    }
}

#[tokio::test]
async fn payers_do_not_share_and_costs_are_weighed() {
    for adapter in each() {
        assert!(adapter.spend("a", &[MINUTE], 7).await);
        assert!(!adapter.spend("a", &[MINUTE], 4).await, "{}", adapter.name);
        assert!(adapter.spend("a", &[MINUTE], 3).await);
        assert_eq!(adapter.remaining("b", &[MINUTE]).await, [10], "{}", adapter.name);
        let verdict = adapter.limiter.spend("b", &[MINUTE], 11).await.unwrap();
        assert_eq!(verdict.retry_after, Some(Duration::MAX), "{}: it never fits", adapter.name);
    }
}

#[tokio::test]
async fn a_charge_is_taken_whatever_is_left_and_paid_later() {
    for adapter in each() {
        assert!(adapter.spend("a", &[MINUTE], 1).await);
        let verdict = adapter.limiter.charge("a", &[MINUTE], 19).await.unwrap();
        assert_eq!((verdict.is_allowed(), verdict.standings[0].remaining), (true, 0), "{}", adapter.name);
        adapter.clock.advance(TimeDelta::seconds(89));
        assert!(!adapter.spend("a", &[MINUTE], 1).await, "{}: half of twenty is still held", adapter.name);
        adapter.clock.advance(TimeDelta::seconds(4));
        assert!(adapter.spend("a", &[MINUTE], 1).await, "{}", adapter.name);
    }
}

#[tokio::test]
async fn a_changed_limit_counts_at_once() {
    for adapter in each() {
        assert!(adapter.spend("a", &[MINUTE], 10).await);
        assert!(!adapter.spend("a", &[MINUTE], 1).await);
        assert!(adapter.spend("a", &[Quota { limit: 20, ..MINUTE }], 10).await, "{}", adapter.name);
        assert!(!adapter.spend("a", &[MINUTE], 1).await, "{}", adapter.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_spends_exactly_the_limit() {
    for adapter in each() {
        let crowd = (0..64).map(|_| {
            let limiter = adapter.limiter.clone();
            tokio::spawn(async move { limiter.spend("crowd", &[MINUTE, DAY], 1).await.unwrap().is_allowed() })
        });
        let spent = futures::future::join_all(crowd).await.into_iter().filter(|allowed| *allowed.as_ref().unwrap()).count();
        assert_eq!(spent, 10, "{}", adapter.name);
    }
}
