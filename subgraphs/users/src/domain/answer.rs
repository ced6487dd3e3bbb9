//! What the contexts answer when all of them are asked about a person.

use chrono::{DateTime, Utc};

/// What one context was asked, and whether it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which context.
    pub context: String,
    /// How often it was asked.
    pub attempts: u32,
    /// When it was asked last.
    pub asked_at: DateTime<Utc>,
    /// When it answered.
    pub answered_at: Option<DateTime<Utc>>,
}

impl Answer {
    /// The question, asked for the first time.
    pub fn asked(context: &str, now: DateTime<Utc>) -> Self {
        Self { context: context.to_owned(), attempts: 1, asked_at: now, answered_at: None }
    }

    /// Whether it did not answer in time.
    pub const fn is_late(&self) -> bool {
        self.answered_at.is_none() && self.attempts > 1
    }
}

/// Whether all have answered.
pub fn all_answered(answers: &[Answer]) -> bool {
    answers.iter().all(|answer| answer.answered_at.is_some())
}

/// The contexts that were asked before `before` and have not answered.
pub fn overdue(answers: &[Answer], before: DateTime<Utc>) -> Vec<String> {
    answers.iter().filter(|answer| answer.answered_at.is_none() && answer.asked_at <= before).map(|answer| answer.context.clone()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn who_was_asked_long_ago_is_asked_again() {
        let now = DateTime::UNIX_EPOCH;
        let mut answers = [Answer::asked("catalog", now), Answer::asked("playback", now + Duration::minutes(5))];
        assert_eq!(overdue(&answers, now + Duration::minutes(1)), ["catalog"]);
        answers[0].attempts = 2;
        assert!(answers[0].is_late() && !answers[1].is_late());
        for answer in &mut answers {
            answer.answered_at = Some(now);
        }
        assert!(all_answered(&answers) && overdue(&answers, now + Duration::days(1)).is_empty() && !answers[0].is_late());
    }
}
