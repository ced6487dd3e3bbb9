//! The rate limiter in this process's memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Clock, PortError};
use moka::sync::Cache;

use super::window::{Window, millis};
use super::{Quota, RateLimiter, Verdict};

/// A payer who has spent nothing for so long is forgotten: two of the longest windows that are in use, days.
const FORGET: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// The windows of one payer, by their quotas' names.
type Account = Arc<Mutex<Vec<(&'static str, Window)>>>;

/// [`RateLimiter`] on moka.
pub struct EmbeddedRateLimiter {
    accounts: Cache<String, Account>,
    clock: Arc<dyn Clock>,
}

impl EmbeddedRateLimiter {
    /// Counts by `clock` for at most `max_payers`, about 200 bytes each. When there are more, those who come least go first, and
    /// begin anew when they come back.
    pub fn new(clock: Arc<dyn Clock>, max_payers: u64) -> Self {
        Self { accounts: Cache::builder().max_capacity(max_payers).time_to_idle(FORGET).build(), clock }
    }

    fn settle(&self, payer: &str, quotas: &[Quota], cost: u64, forced: bool) -> Verdict {
        // Looking must not make an account: who only asks takes no room.
        let account = if cost == 0 { self.accounts.get(payer) } else { Some(self.accounts.get_with_by_ref(payer, Account::default)) };
        let account = account.unwrap_or_default();
        let mut windows = account.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().timestamp_millis();
        for quota in quotas {
            match windows.iter_mut().find(|(name, _)| *name == quota.name) {
                Some((_, window)) => window.advance(now, millis(quota.window)),
                None => windows.push((quota.name, Window::new(now))),
            }
        }
        let wait = quotas.iter().filter_map(|quota| window(&windows, quota, now).wait(*quota, cost, now)).max();
        let retry_after = wait.filter(|_| cost > 0 && !forced);
        if retry_after.is_none() {
            for (name, window) in windows.iter_mut() {
                if quotas.iter().any(|quota| quota.name == *name) {
                    window.spend(cost);
                }
            }
        }
        let standings = quotas.iter().map(|quota| window(&windows, quota, now).standing(*quota, now)).collect();
        Verdict { standings, retry_after }
    }
}

fn window(windows: &[(&'static str, Window)], quota: &Quota, now: i64) -> Window {
    windows.iter().find(|(name, _)| *name == quota.name).map_or(Window::new(now), |(_, window)| *window)
}

#[async_trait]
impl RateLimiter for EmbeddedRateLimiter {
    async fn spend(&self, payer: &str, quotas: &[Quota], cost: u64) -> Result<Verdict, PortError> {
        Ok(self.settle(payer, quotas, cost, false))
    }

    async fn charge(&self, payer: &str, quotas: &[Quota], cost: u64) -> Result<Verdict, PortError> {
        Ok(self.settle(payer, quotas, cost, true))
    }
}
