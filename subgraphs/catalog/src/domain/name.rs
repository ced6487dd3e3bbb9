//! What artists, albums and tracks are called, and when two are called the same.

use kernel::InvalidField;
use unicode_normalization::UnicodeNormalization as _;

/// Characters a name may have.
pub const MAX_LENGTH: usize = 200;
/// Bytes of the key. A compatibility decomposition can be eighteen times as long as its text, and `PostgreSQL` indexes at most
/// 2,704 bytes.
const MAX_KEY_BYTES: usize = 1600;

/// A name or title: 1 to 200 characters on one line, without space around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    key: String,
}

impl Name {
    /// Checks `text`; a refusal names `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, InvalidField> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidField::new(field, "must not be blank"));
        }
        // Counting stops early: the text may be huge.
        if text.chars().nth(MAX_LENGTH).is_some() {
            return Err(InvalidField::new(field, format!("must not have more than {MAX_LENGTH} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidField::new(field, "must be one line without control characters"));
        }
        let key = search_key(text);
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(InvalidField::new(field, "cannot be a name"));
        }
        Ok(Self { text: text.to_owned(), key })
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String, key: String) -> Self {
        Self { text, key }
    }

    /// As its author writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same for all spellings that count as one name.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What spellings of one name have in common: Unicode NFKC, lower case, single spaces.
pub fn search_key(text: &str) -> String {
    // Lower-casing may leave the normal form (Turkish dotted I), so the form is made again.
    let lower: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_share_their_key() {
        for spelling in ["Sigur Rós", " sigur  rós ", "SIGUR RÓS", "Sigur Ro\u{301}s", "Ｓigur\u{a0}Rós"] {
            assert_eq!(Name::parse("name", spelling).unwrap().key(), "sigur rós", "{spelling:?}");
        }
        assert_ne!(search_key("Sigur Ros"), search_key("Sigur Rós"));
    }

    #[test]
    fn what_is_no_name_is_refused_by_field() {
        let (long, decomposing) = ("é".repeat(201), "\u{fdfa}".repeat(200));
        for text in ["", "  ", "a\nb", "a\0b", &long, &decomposing] {
            assert_eq!(Name::parse("title", text).unwrap_err().field, "title", "{text:?}");
        }
        assert_eq!(Name::parse("title", &"é".repeat(200)).unwrap().as_str(), "é".repeat(200));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,40}") {
            let key = search_key(&text);
            prop_assert_eq!(search_key(&key), key);
        }
    }
}
