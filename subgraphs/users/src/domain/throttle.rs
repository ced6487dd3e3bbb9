//! How guessing gets slower and slower.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest as _, Sha256};

/// How many attempts are free, and how long one waits after the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Attempts without a pause.
    pub free: u32,
    /// The pause after the first that is not free, in seconds; each next one is twice as long.
    pub first_secs: u32,
    /// The longest pause, in seconds.
    pub longest_secs: u32,
    /// After so long without an attempt, in seconds, all are free again.
    pub forget_secs: u32,
}

impl Policy {
    /// One account from one address: a person who mistypes, or a guesser.
    pub const ACCOUNT_AND_ADDRESS: Self = Self { free: 5, first_secs: 1, longest_secs: 900, forget_secs: 86_400 };
    /// One account from everywhere: guessers who share the work. Generous, so that nobody shuts another out easily.
    pub const ACCOUNT: Self = Self { free: 50, first_secs: 1, longest_secs: 900, forget_secs: 86_400 };
    /// One address, whatever account: a few common passwords tried on many accounts.
    pub const ADDRESS: Self = Self { free: 30, first_secs: 1, longest_secs: 900, forget_secs: 86_400 };
    /// Codes of one account's second factor. Of a million codes three pass at any time: at the longest pause, a guesser who knows the
    /// password needs decades.
    pub const SECOND_FACTOR: Self = Self { free: 5, first_secs: 1, longest_secs: 900, forget_secs: 86_400 };
    /// Mails that one account, or one address, can have sent.
    pub const MAIL: Self = Self { free: 5, first_secs: 60, longest_secs: 3_600, forget_secs: 86_400 };

    /// New accounts from one address.
    pub const fn registrations(per_hour: u32) -> Self {
        Self { free: per_hour, first_secs: 60, longest_secs: 3_600, forget_secs: 3_600 }
    }

    /// The pause after `attempts`.
    fn pause(self, attempts: u32) -> Duration {
        let Some(doublings) = attempts.checked_sub(self.free + 1) else { return Duration::zero() };
        let secs = self.first_secs.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest_secs);
        Duration::seconds(secs.into())
    }
}

/// Something whose attempts are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What is counted, as a hash: the store learns nobody's name.
    pub key: String,
    /// How.
    pub policy: Policy,
    /// Whether a success opens it fully; otherwise a success only takes its own attempt back, because a guesser with an account of
    /// their own must not be able to start anew.
    pub cleared_by_success: bool,
}

impl Gate {
    /// The gate of `what` for these parts of a name.
    pub fn new(what: &str, parts: &[&str], policy: Policy) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&what).chain(parts) {
            // The length first: no two lists of parts run into each other.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self { key: hex::encode(hash.finalize()), policy, cleared_by_success: false }
    }

    /// The same, opened fully by a success.
    #[must_use]
    pub fn cleared_by_success(mut self) -> Self {
        self.cleared_by_success = true;
        self
    }
}

/// How often something was attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Attempts so far.
    pub attempts: u32,
    /// When the last was.
    pub last_at: DateTime<Utc>,
    /// When the next may be.
    pub free_at: DateTime<Utc>,
}

impl Count {
    /// With one attempt more at `now`, or when it may be.
    pub fn attempt(self, policy: Policy, now: DateTime<Utc>) -> Result<Self, DateTime<Utc>> {
        if now < self.free_at {
            return Err(self.free_at);
        }
        let forgotten = self.last_at + Duration::seconds(policy.forget_secs.into()) <= now;
        let attempts = if forgotten { 1 } else { self.attempts.saturating_add(1) };
        Ok(Self { attempts, last_at: now, free_at: now + policy.pause(attempts) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_bound_and_are_forgotten() {
        let policy = Policy { free: 2, first_secs: 1, longest_secs: 5, forget_secs: 60 };
        let mut now = DateTime::UNIX_EPOCH + Duration::days(1);
        let mut count = Count { attempts: 0, last_at: DateTime::UNIX_EPOCH, free_at: DateTime::UNIX_EPOCH };
        let mut pauses = Vec::new();
        for _ in 0..6 {
            count = count.attempt(policy, now).unwrap();
            pauses.push((count.free_at - now).num_seconds());
            if count.free_at > now {
                assert_eq!(count.attempt(policy, now), Err(count.free_at), "not before its time");
            }
            now = count.free_at;
        }
        assert_eq!(pauses, [0, 0, 1, 2, 4, 5]);
        assert_eq!(count.attempt(policy, now + Duration::seconds(60)).unwrap().attempts, 1);
    }

    #[test]
    fn names_do_not_run_into_each_other_nor_into_the_store() {
        let gate = |parts: &[&str]| Gate::new("x", parts, Policy::ACCOUNT).key;
        assert_ne!(gate(&["ab", "c"]), gate(&["a", "bc"]));
        assert!(!gate(&["nina"]).contains("nina"));
    }
}
