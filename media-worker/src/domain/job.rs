//! When a job is tried again and when it is given up.

use chrono::{DateTime, TimeDelta, Utc};

/// What a job is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The upload becomes a ladder.
    Ladder,
    /// The upload has its ladder, and is heard once more by the model whose space is named.
    Embedding(String),
}

impl Purpose {
    /// As it is kept.
    pub fn name(&self) -> String {
        match self {
            Self::Ladder => "ladder".into(),
            Self::Embedding(space) => format!("embedding {space}"),
        }
    }

    /// The purpose that is kept as `name`; none for what is no purpose.
    pub fn named(name: &str) -> Option<Self> {
        if name == "ladder" { Some(Self::Ladder) } else { name.strip_prefix("embedding ").map(|space| Self::Embedding(space.to_owned())) }
    }
}

/// Which jobs go first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Nobody waits: work on the whole catalogue.
    Low,
    /// Somebody uploaded.
    #[default]
    Normal,
    /// An operator asked for it.
    High,
}

impl Priority {
    /// As it is kept: higher goes first.
    pub const fn rank(self) -> i32 {
        match self {
            Self::Low => -10,
            Self::Normal => 0,
            Self::High => 10,
        }
    }
}

/// Seconds until all is done, when `percent` took `elapsed`; none before there is something to go by.
pub fn remaining_secs(percent: u8, elapsed: std::time::Duration) -> Option<u32> {
    let (done, left) = (f64::from(percent), f64::from(100_u8.saturating_sub(percent)));
    let secs = elapsed.as_secs_f64() * left / done;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of the target")]
    let secs = secs.ceil().clamp(0.0, f64::from(u32::MAX)) as u32;
    (percent > 0).then_some(secs)
}

/// How jobs are worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobPolicy {
    /// How long a worker may be silent before its job is given to another.
    pub lease: TimeDelta,
    /// Attempts before a job is given up.
    pub max_attempts: u32,
    /// How long a ladder stays after a newer one of the same track is complete: as long as someone may still be playing it.
    pub superseded_for: TimeDelta,
}

/// What follows an attempt that failed by our own fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another attempt, not before the instant.
    RetryAt(DateTime<Utc>),
    /// The job has failed.
    GiveUp,
}

impl JobPolicy {
    /// Three heartbeats a lease: two may be lost.
    pub fn heartbeat(&self) -> std::time::Duration {
        (self.lease / 3).to_std().unwrap_or(std::time::Duration::from_secs(1))
    }

    /// What follows the failure of attempt number `attempt` (counted from 1).
    pub fn after_failure(&self, attempt: u32, now: DateTime<Utc>) -> Next {
        if attempt >= self.max_attempts {
            return Next::GiveUp;
        }
        Next::RetryAt(now + TimeDelta::seconds(1 << attempt.min(6)))
    }

    /// Whether attempt number `attempt` may begin: workers that were killed count as attempts, so a file that takes its worker
    /// down is not tried for ever.
    pub const fn may_begin(&self, attempt: u32) -> bool {
        attempt <= self.max_attempts
    }
}

/// The percentage to tell after `percent` (of decoding) when `told` was told last: steps of five, the last ones kept for storing.
pub fn step_to_tell(percent: u8, told: Option<u8>) -> Option<u8> {
    let step = u8::try_from(u32::from(percent.min(100)) * 95 / 100 / 5 * 5).unwrap_or(95);
    told.is_none_or(|told| step > told).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: JobPolicy = JobPolicy { lease: TimeDelta::seconds(15), max_attempts: 3, superseded_for: TimeDelta::zero() };

    #[test]
    fn the_third_failure_is_the_last() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(POLICY.after_failure(1, now), Next::RetryAt(now + TimeDelta::seconds(2)));
        assert_eq!(POLICY.after_failure(2, now), Next::RetryAt(now + TimeDelta::seconds(4)));
        assert_eq!(POLICY.after_failure(3, now), Next::GiveUp);
        assert_eq!((POLICY.may_begin(3), POLICY.may_begin(4)), (true, false));
    }

    #[test]
    fn a_purpose_is_known_by_its_name() {
        for purpose in [Purpose::Ladder, Purpose::Embedding("signal-v2-130".into())] {
            assert_eq!(Purpose::named(&purpose.name()), Some(purpose));
        }
        assert_eq!(Purpose::named("dance"), None);
    }

    #[test]
    fn what_remains_is_told_by_the_speed_so_far() {
        let secs = std::time::Duration::from_secs;
        assert_eq!([remaining_secs(0, secs(5)), remaining_secs(25, secs(5)), remaining_secs(95, secs(19))], [None, Some(15), Some(1)]);
        assert!(Priority::High.rank() > Priority::Normal.rank() && Priority::Normal.rank() > Priority::Low.rank());
    }

    #[test]
    fn progress_is_told_in_rising_steps_of_five() {
        let mut told = None;
        let mut steps = Vec::new();
        for percent in [0, 0, 1, 7, 7, 50, 49, 99, 100] {
            if let Some(step) = step_to_tell(percent, told) {
                told = Some(step);
                steps.push(step);
            }
        }
        assert_eq!(steps, [0, 5, 45, 90, 95]);
    }
}
