//! Passwords and their hashes.

use std::fmt;

use kernel::InvalidField;
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{Score, zxcvbn};

const FIELD: &str = "password";
const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 128;
/// "Safely unguessable": an offline attack on a slow hash needs at least 10^8 guesses (zxcvbn, Wheeler 2016).
const MIN_SCORE: Score = Score::Three;
/// Longer texts cannot have few enough characters; refused before they cost anything.
const MAX_BYTES: usize = 4 * MAX_CHARACTERS;

/// A password in the clear, in NFKC (NIST SP 800-63B §3.1.1.2), so that every keyboard writes the same one. Never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A password chosen for an account, not easily guessed, least of all by who knows the words `about` the person.
    pub fn choose(text: &str, about: &[&str]) -> Result<Self, InvalidField> {
        let password = Self::present(text)?;
        if text.chars().count() < MIN_CHARACTERS {
            return Err(InvalidField::new(FIELD, format!("must have at least {MIN_CHARACTERS} characters")));
        }
        // Parts of an address are guessed as readily as the whole.
        let about: Vec<&str> = about.iter().flat_map(|word| std::iter::once(*word).chain(word.split(['@', '.', '_', '+', '-', ' ']))).collect();
        let estimate = zxcvbn(&password.0, &about);
        if estimate.score() < MIN_SCORE {
            let advice = estimate.feedback().and_then(|feedback| feedback.warning().map(|warning| warning.to_string()));
            let advice = advice.unwrap_or_else(|| "Add another word or two.".into());
            return Err(InvalidField::new(FIELD, format!("is too easily guessed. {advice}")));
        }
        Ok(password)
    }

    /// A password presented to prove who one is: the bounds of today may not be those under which it was chosen, but what is
    /// empty or too long never was one.
    pub fn present(text: &str) -> Result<Self, InvalidField> {
        if text.is_empty() {
            return Err(InvalidField::new(FIELD, "must not be empty"));
        }
        if text.len() > MAX_BYTES || text.chars().count() > MAX_CHARACTERS {
            return Err(InvalidField::new(FIELD, format!("must not have more than {MAX_CHARACTERS} characters")));
        }
        Ok(Self(text.nfkc().collect()))
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash in the PHC string format: algorithm, parameters, salt and hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash a hasher made.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters() {
        for text in ["", "1234567", &"a".repeat(129), &"é".repeat(129), &"a".repeat(1_000_000)] {
            assert_eq!(Password::choose(text, &[]).unwrap_err().field, "password");
        }
        for text in ["wvkq8zR2tM", "correct horse battery staple", "🎵 seventeen green umbrellas 🎵", "скворечник-2026-весло"] {
            assert!(Password::choose(text, &[]).is_ok(), "{text}");
        }
        assert!(Password::present("old").is_ok());
        assert!(Password::present(&"🎵".repeat(128)).is_ok());
    }

    #[test]
    fn what_others_would_guess_is_refused() {
        let about = ["nina_simone", "nina@sinnerman.example", "Eunice Waymon"];
        for text in ["password", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "nina_simone", "sinnerman1", "eunicewaymon", "P@ssw0rd"] {
            let error = Password::choose(text, &about).unwrap_err();
            assert!(error.field == "password" && error.message.starts_with("is too easily guessed"), "{text}: {error}");
        }
    }

    #[test]
    fn composed_and_decomposed_texts_are_one_password() {
        assert_eq!(Password::present("cafe\u{301}-1234").unwrap(), Password::present("caf\u{e9}-1234").unwrap());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let text = format!("{:?} {:?}", Password::present("hunter22222").unwrap(), PasswordHash::new("$argon2id$x".into()));
        assert!(!text.contains("hunter") && !text.contains("argon"), "{text}");
    }
}
