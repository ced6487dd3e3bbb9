//! When a mail is tried again, and when it is given up.

use chrono::Duration;

/// The longest pause: a mail server that is down over a weekend is asked some times a day.
const LONGEST_SECS: u32 = 6 * 60 * 60;

/// How stubborn delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure, in seconds; each next one is three times as long, up to six hours.
    pub first_secs: u32,
    /// Attempts in all.
    pub max_attempts: u32,
}

impl Backoff {
    /// The pause after `attempts` failures; none when that was the last.
    pub fn pause(self, attempts: u32) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let factor = 3_u32.saturating_pow(attempts.saturating_sub(1));
        Some(Duration::seconds(self.first_secs.saturating_mul(factor).min(LONGEST_SECS).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_end() {
        let backoff = Backoff { first_secs: 30, max_attempts: 9 };
        let pauses: Vec<_> = (1..=9).map(|attempts| backoff.pause(attempts).map(|pause| pause.num_seconds())).collect();
        assert_eq!(pauses, [Some(30), Some(90), Some(270), Some(810), Some(2430), Some(7290), Some(21_600), Some(21_600), None]);
        assert_eq!(Backoff { first_secs: u32::MAX, max_attempts: 2 }.pause(1), Some(Duration::hours(6)));
    }
}
