//! The name others see and address a person by.

use std::fmt;

use kernel::InvalidField;
use unicode_normalization::UnicodeNormalization as _;

const FIELD: &str = "username";
/// Characters a username may have.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=30;
/// More bytes than any text that could normalise to a username; longer ones are not worth normalising.
const MAX_RAW_BYTES: usize = 4 * 30;

/// A username in its one form: NFKC, lower case, of `a-z`, `0-9` and `_`. Two texts that look alike are therefore one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// A person's text in that form, or why it cannot be a username.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidField::new(FIELD, "must not be empty"));
        }
        let length = || InvalidField::new(FIELD, format!("must have {} to {} characters", LENGTH.start(), LENGTH.end()));
        if text.len() > MAX_RAW_BYTES {
            return Err(length());
        }
        let name: String = text.nfkc().collect::<String>().to_lowercase();
        if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
            return Err(InvalidField::new(FIELD, "may only have the letters a to z, digits and underscores"));
        }
        if LENGTH.contains(&name.len()) { Ok(Self(name)) } else { Err(length()) }
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// What is unique besides the name itself: names of one skeleton look alike (`paypal`, `paypa1`), by the confusables of UTS #39 §4.
    pub fn skeleton(&self) -> String {
        // Folded again: the confusables map 0 to the capital O.
        unicode_security::confusable_detection::skeleton(&self.0).collect::<String>().to_lowercase()
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_compatibility_forms_are_one_name() {
        for text in ["nina_9", "Nina_9", " NINA_9 ", "ｎｉｎａ＿９"] {
            assert_eq!(Username::parse(text).unwrap().as_str(), "nina_9", "{text}");
        }
    }

    #[test]
    fn wrong_names_are_refused_by_field() {
        let long = "a".repeat(31);
        let huge = "a".repeat(1_000_000);
        for text in ["", "  ", "ab", &long, &huge, "a b c", "nina@x", "nína", "nina-9", "нина", "a\0bc"] {
            assert_eq!(Username::parse(text).unwrap_err().field, "username", "{text:.40}");
        }
        assert!(Username::parse(&"a".repeat(30)).is_ok());
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let skeleton = |text| Username::parse(text).unwrap().skeleton();
        for (one, other) in [("paypal", "paypa1"), ("moon", "m00n"), ("modern", "modem"), ("lily", "1i1y")] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("nina", "nine"), ("otis", "0ti5"), ("ada_1", "ada_2")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
