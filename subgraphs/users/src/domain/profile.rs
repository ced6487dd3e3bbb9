//! What a person says about themselves.

use kernel::{Edit, InvalidField};

const MAX_DISPLAY_NAME: usize = 80;
const MAX_BIO: usize = 500;

/// A checked change of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileEdit {
    /// The name to show.
    pub display_name: Edit<DisplayName>,
    /// The words below it.
    pub bio: Edit<Bio>,
}

/// The name to show: 1 to 80 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// `None` when the text is blank, which means: show the username.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        let text = bounded("displayName", text, MAX_DISPLAY_NAME)?;
        if text.chars().any(char::is_control) {
            return Err(InvalidField::new("displayName", "must be one line without control characters"));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A few words about oneself: 1 to 500 characters; lines are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bio(String);

impl Bio {
    /// `None` when the text is blank.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        let text = bounded("bio", text, MAX_BIO)?;
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            return Err(InvalidField::new("bio", "must not have control characters"));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn bounded<'text>(field: &'static str, text: &'text str, max: usize) -> Result<&'text str, InvalidField> {
    let text = text.trim();
    // Counting stops early: the text may be huge.
    if text.chars().nth(max).is_some() { Err(InvalidField::new(field, format!("must not have more than {max} characters"))) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_and_blank_means_none() {
        assert_eq!(DisplayName::parse("  "), Ok(None));
        assert_eq!(DisplayName::parse(" Nina Simone ").unwrap().unwrap().as_str(), "Nina Simone");
        assert!(DisplayName::parse(&"é".repeat(80)).is_ok());
        assert_eq!(DisplayName::parse(&"é".repeat(81)).unwrap_err().field, "displayName");
        assert_eq!(DisplayName::parse("a\nb").unwrap_err().field, "displayName");
        assert!(Bio::parse("a\nb").is_ok());
        assert!(Bio::parse(&"é".repeat(500)).is_ok());
        for text in [&"é".repeat(501), "a\0b"] {
            assert_eq!(Bio::parse(text).unwrap_err().field, "bio");
        }
    }
}
