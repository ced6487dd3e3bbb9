//! Stage: how often? Every request is paid for: by the partner's key, the signed-in user or the address it comes from.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::{Session, Tier};
use platform::api_key::KeyRights;
use platform::config::RateConfig;
use platform::rate_limiter::{Quota, RateLimiter, Verdict};

use crate::caller::Caller;
use crate::pipeline::{RequestError, Scope};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Attempts at credentials that prove nothing, by address and minute, before the next are refused unread.
const WRONG_CREDENTIALS: u32 = 60;

/// Who pays for a request, and what they may spend.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Payer {
    name: String,
    quotas: Vec<Quota>,
}

fn per_minute(limit: u32) -> Quota {
    Quota { name: "minute", limit: limit.into(), window: MINUTE }
}

/// The last that was heard of the payer's quotas, for the headers of the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Option<Arc<Verdict>>>>);

impl Ledger {
    fn note(&self, verdict: Verdict) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(verdict));
    }

    /// What was noted last.
    pub(crate) fn last(&self) -> Option<Arc<Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What an operation was let in for, and what its answer turned out to cost; kept only where cost is paid for.
#[derive(Clone, Default)]
pub(crate) struct Bill(Option<Arc<Costs>>);

struct Costs {
    estimated: u64,
    actual: AtomicU64,
}

impl Bill {
    /// Whether anybody wants to know.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// The answer cost so much.
    pub(crate) fn note(&self, cost: u64) {
        if let Some(costs) = &self.0 {
            costs.actual.store(cost, Ordering::Relaxed);
        }
    }
}

/// Decides who pays, and lets them.
pub(crate) struct Rate {
    limiter: Option<Arc<dyn RateLimiter>>,
    config: RateConfig,
}

impl Rate {
    pub(crate) fn new(limiter: Option<Arc<dyn RateLimiter>>, config: RateConfig) -> Self {
        Self { limiter, config }
    }

    /// Who shows no credential pays by address.
    pub(crate) fn anonymous(&self, caller: &Caller) -> Arc<Payer> {
        Arc::new(Payer { name: format!("address:{}", caller.network()), quotas: vec![per_minute(self.config.anonymous_per_minute)] })
    }

    /// Who is signed in pays by account, whatever the device and address, with what its tier has.
    pub(crate) fn person(&self, session: &Session, now: DateTime<Utc>) -> Arc<Payer> {
        let limit = match Tier::at(now, session.premium_until) {
            Tier::Free => self.config.free_per_minute,
            Tier::Premium => self.config.premium_per_minute,
        };
        Arc::new(Payer { name: session.user_id.to_string(), quotas: vec![per_minute(limit)] })
    }

    /// A partner's program pays by its key, through all rotations.
    pub(crate) fn partner(rights: &KeyRights) -> Arc<Payer> {
        let day = Quota { name: "day", limit: rights.per_day.into(), window: DAY };
        Arc::new(Payer { name: rights.key_id.to_string(), quotas: vec![per_minute(rights.per_minute), day] })
    }

    fn wrong_credentials(caller: &Caller) -> Payer {
        let network: IpAddr = caller.network();
        Payer { name: format!("wrong:{network}"), quotas: vec![Quota { name: "credentials", ..per_minute(WRONG_CREDENTIALS) }] }
    }

    /// What an operation of this estimated cost takes beyond the one unit that every request takes.
    pub(crate) fn units(&self, cost: u64) -> u64 {
        cost.checked_div(self.config.cost_per_unit).unwrap_or(0)
    }

    /// A bill for an operation with one answer, let in for `estimated`.
    pub(crate) fn bill(&self, estimated: u64) -> Bill {
        let paid = self.limiter.is_some() && self.config.cost_per_unit > 0;
        Bill(paid.then(|| Arc::new(Costs { estimated, actual: AtomicU64::new(0) })))
    }

    /// Charges what an answer cost beyond its estimate, as lists do that are longer than the schema says; returns its units. It has been
    /// answered and is never refused: later requests pay the debt.
    pub(crate) async fn settle(&self, scope: &Scope, Bill(costs): &Bill) -> u64 {
        let Some(costs) = costs else { return 0 };
        let further = self.units(costs.actual.load(Ordering::Relaxed)).saturating_sub(self.units(costs.estimated));
        let Some(limiter) = self.limiter.as_ref().filter(|_| further > 0) else { return 0 };
        match limiter.charge(&scope.payer.name, &scope.payer.quotas, further).await {
            Ok(verdict) => scope.ledger.note(verdict),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "the rate limiter does not answer"),
        }
        further
    }

    /// Spends `cost` units of what `scope`'s payer has, or refuses. Any stage may spend more than the one before it did: the
    /// answer's headers tell how things stand after the last.
    pub(crate) async fn spend(&self, scope: &Scope, cost: u64) -> Result<(), RequestError> {
        self.pay(&scope.payer, &scope.ledger, cost).await
    }

    /// Refuses an address that has shown too many wrong credentials lately.
    pub(crate) async fn check_credentials(&self, caller: &Caller, ledger: &Ledger) -> Result<(), RequestError> {
        let payer = Self::wrong_credentials(caller);
        let Some(limiter) = &self.limiter else { return Ok(()) };
        match limiter.spend(&payer.name, &payer.quotas, 0).await {
            Ok(verdict) if verdict.standings.iter().any(|standing| standing.remaining == 0) => {
                // Until the window ends is long enough for all that is in it.
                let wait = verdict.standings.iter().map(|standing| standing.reset).max().unwrap_or(MINUTE);
                ledger.note(Verdict { retry_after: Some(wait), ..verdict });
                Err(RequestError::rate_limited(Some(wait)))
            }
            _ => Ok(()),
        }
    }

    /// Remembers that `caller` showed a wrong credential.
    pub(crate) async fn wrong_credential(&self, caller: &Caller, ledger: &Ledger) -> Result<(), RequestError> {
        self.pay(&Self::wrong_credentials(caller), ledger, 1).await
    }

    /// Spends for a request that was answered before anybody was asked who it is for, and never refuses: it has been answered.
    pub(crate) async fn note_unread(&self, caller: &Caller, ledger: &Ledger) {
        let _ = self.pay(&self.anonymous(caller), ledger, 1).await;
    }

    async fn pay(&self, payer: &Payer, ledger: &Ledger, cost: u64) -> Result<(), RequestError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let verdict = match limiter.spend(&payer.name, &payer.quotas, cost).await {
            Ok(verdict) => verdict,
            Err(error) => {
                // Without its counters the service serves rather than turns everybody away.
                tracing::error!(error = &error as &dyn std::error::Error, "the rate limiter does not answer");
                return Ok(());
            }
        };
        let retry_after = verdict.retry_after;
        ledger.note(verdict);
        match retry_after {
            None => Ok(()),
            Some(wait) => {
                metrics::counter!(crate::metrics::RATE_LIMITED).increment(1);
                Err(RequestError::rate_limited((wait < Duration::MAX).then_some(wait)))
            }
        }
    }
}
