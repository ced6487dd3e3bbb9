//! The arithmetic of one quota of one payer, in milliseconds.

use std::time::Duration;

use super::{Quota, Standing};

/// What was spent lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// When the present window began, in milliseconds since the epoch.
    began: i64,
    /// Units spent in it.
    spent: u64,
    /// Units spent in the one before.
    before: u64,
}

impl Window {
    /// A window that begins now, with nothing spent.
    pub(super) const fn new(now: i64) -> Self {
        Self { began: now, spent: 0, before: 0 }
    }

    /// Moves on to the window that `now` lies in. A clock that was set back stays in the window it was in.
    pub(super) const fn advance(&mut self, now: i64, length: i64) {
        let passed = now - self.began;
        if passed >= 2 * length {
            *self = Self::new(now);
        } else if passed >= length {
            *self = Self { began: self.began + length, spent: 0, before: self.spent };
        }
    }

    /// Units that a window which ends now holds. The share of the one before is rounded up, so that the limit holds.
    fn held(&self, now: i64, length: i64) -> u64 {
        self.spent.saturating_add(share(self.before, self.began + length - now, length))
    }

    pub(super) const fn spend(&mut self, cost: u64) {
        self.spent = self.spent.saturating_add(cost);
    }

    pub(super) fn standing(&self, quota: Quota, now: i64) -> Standing {
        let length = millis(quota.window);
        Standing { quota, remaining: quota.limit.saturating_sub(self.held(now, length)), reset: duration(self.began + length - now) }
    }

    /// How long until `cost` units fit, when nobody spends meanwhile; `None` when they fit now.
    pub(super) fn wait(&self, quota: Quota, cost: u64, now: i64) -> Option<Duration> {
        let length = millis(quota.window);
        if self.held(now, length).saturating_add(cost) <= quota.limit {
            return None;
        }
        let Some(room) = quota.limit.checked_sub(cost) else { return Some(Duration::MAX) };
        // In this window as soon as enough of the one before has left; else in the next, whose past this one is.
        let at = match room.checked_sub(self.spent) {
            Some(room) => self.began + gone_to(self.before, room, length),
            None => self.began + length + gone_to(self.spent, room, length),
        };
        Some(duration(at - now))
    }
}

/// The part of `before` that the last `left` milliseconds of `length` stand for, rounded up.
fn share(before: u64, left: i64, length: i64) -> u64 {
    let (left, length) = (u128::from(left.clamp(0, length).unsigned_abs()), u128::from(length.unsigned_abs()));
    u64::try_from((u128::from(before) * left).div_ceil(length)).unwrap_or(u64::MAX)
}

/// How far into a window the share of `before` has shrunk to `room`, in milliseconds.
fn gone_to(before: u64, room: u64, length: i64) -> i64 {
    if before <= room {
        return 0;
    }
    // share <= room as soon as before * left <= room * length.
    let left = u128::from(room) * u128::from(length.unsigned_abs()) / u128::from(before);
    length - i64::try_from(left).unwrap_or(length)
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4).max(1)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(millis.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { name: "minute", limit: 60, window: Duration::from_secs(60) };
    const LENGTH: i64 = 60_000;

    #[test]
    fn the_window_before_fades_evenly() {
        let mut window = Window::new(0);
        window.spend(60);
        assert_eq!(window.standing(QUOTA, 59_999).remaining, 0);
        window.advance(60_000, LENGTH);
        assert_eq!(window.standing(QUOTA, 60_000).remaining, 0);
        assert_eq!(window.standing(QUOTA, 75_000).remaining, 15);
        assert_eq!(window.standing(QUOTA, 90_500).remaining, 30);
        window.advance(120_000, LENGTH);
        assert_eq!(window.standing(QUOTA, 120_000), Standing { quota: QUOTA, remaining: 60, reset: Duration::from_secs(60) });
    }

    #[test]
    fn what_is_told_to_wait_fits_after_exactly_that_wait() {
        for (before, spent, cost, at) in [(60, 0, 1, 0), (60, 30, 5, 1_234), (0, 60, 1, 30_000), (60, 60, 60, 10), (7, 59, 2, 59_999), (0, 55, 60, 500)] {
            let window = Window { began: 0, spent, before };
            let wait = window.wait(QUOTA, cost, at).unwrap_or_else(|| panic!("{before} {spent} {cost} must wait"));
            let fits = |now: i64| {
                let mut later = window;
                later.advance(now, LENGTH);
                later.wait(QUOTA, cost, now).is_none()
            };
            let then = at + millis(wait);
            assert!(fits(then), "{before} {spent} {cost}: after {wait:?}");
            assert!(!fits(then - 1), "{before} {spent} {cost}: a millisecond before {wait:?}");
        }
    }

    #[test]
    fn what_never_fits_waits_for_ever() {
        assert_eq!(Window::new(0).wait(QUOTA, 61, 0), Some(Duration::MAX));
        assert_eq!(Window::new(0).wait(Quota { limit: 0, ..QUOTA }, 1, 0), Some(Duration::MAX));
    }

    #[test]
    fn a_clock_set_back_changes_nothing() {
        let mut window = Window::new(100_000);
        window.spend(10);
        window.advance(90_000, LENGTH);
        assert_eq!(window.standing(QUOTA, 90_000).remaining, 50);
    }
}
