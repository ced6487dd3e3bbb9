//! How far a registration has come. An account is a whole one when the other contexts have done their part.

use chrono::{DateTime, Utc};

/// The step that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The taste profile, which recommendations makes.
    TasteProfile,
    /// The welcome mail, which notifications queues.
    WelcomeMail,
    /// None: the registration is complete.
    Complete,
}

impl Step {
    const ALL: [(Self, &'static str); 3] = [(Self::TasteProfile, "TASTE_PROFILE"), (Self::WelcomeMail, "WELCOME_MAIL"), (Self::Complete, "COMPLETE")];

    /// The text a store keeps.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(step, _)| *step == self).map_or("", |(_, text)| text)
    }

    /// From a store's text.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, stored)| *stored == text).map(|(step, _)| *step)
    }
}

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What is waited for.
    pub step: Step,
    /// Since when.
    pub since: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_the_store() {
        for (step, text) in Step::ALL {
            assert_eq!((step.as_str(), Step::from_stored(text)), (text, Some(step)));
        }
        assert_eq!(Step::from_stored("NONE"), None);
    }
}
