//! An artist's words about themselves.

use kernel::InvalidField;

const MAX_LENGTH: usize = 2000;

/// A few words: 1 to 2000 characters; lines are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bio(String);

impl Bio {
    /// `None` when the text is blank.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        let text = text.trim();
        if text.chars().nth(MAX_LENGTH).is_some() {
            return Err(InvalidField::new("bio", format!("must not have more than {MAX_LENGTH} characters")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_allowed_and_blank_means_none() {
        assert_eq!(Bio::parse(" \n "), Ok(None));
        assert_eq!(Bio::parse("a\nb").unwrap().unwrap().as_str(), "a\nb");
        assert!(Bio::parse(&"é".repeat(2000)).is_ok());
        for text in [&"é".repeat(2001), "a\0b"] {
            assert_eq!(Bio::parse(text).unwrap_err().field, "bio");
        }
    }
}
