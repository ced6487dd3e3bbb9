//! International Standard Recording Codes (ISO 3901).

use kernel::InvalidField;

/// A recording's code: two letters, three letters or digits, seven digits. Kept without hyphens, which only help reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isrc(String);

impl Isrc {
    /// `None` when the text is blank. Hyphens, spaces and lower case are accepted.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        // Twelve characters and three hyphens, with room for spaces: more is no code, however long it is.
        if text.len() > 32 {
            return Err(Self::refusal());
        }
        let code: String = text.chars().filter(|c| *c != '-' && *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
        if code.is_empty() {
            return Ok(None);
        }
        let well_formed = code.len() == 12
            && code.bytes().enumerate().all(|(place, byte)| match place {
                0..2 => byte.is_ascii_uppercase(),
                2..5 => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
                _ => byte.is_ascii_digit(),
            });
        if well_formed { Ok(Some(Self(code))) } else { Err(Self::refusal()) }
    }

    fn refusal() -> InvalidField {
        InvalidField::new("isrc", "must be two letters, three letters or digits and seven digits, like USRC17607839")
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Twelve characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_without_hyphens() {
        assert_eq!(Isrc::parse("US-RC1-76-07839").unwrap().unwrap().as_str(), "USRC17607839");
        assert_eq!(Isrc::parse("usrc17607839").unwrap().unwrap().as_str(), "USRC17607839");
        assert_eq!(Isrc::parse(" "), Ok(None));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["USRC1760783", "USRC176078390", "1SRC17607839", "USRC1760783A", "USRC1760783é", &"U".repeat(100)] {
            assert_eq!(Isrc::parse(text).unwrap_err().field, "isrc", "{text}");
        }
    }
}
