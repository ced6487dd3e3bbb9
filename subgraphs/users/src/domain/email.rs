//! Where a person gets mail.

use kernel::InvalidField;
use unicode_normalization::UnicodeNormalization as _;

const FIELD: &str = "email";
/// RFC 5321 §4.5.3.1: a path of 256 octets includes its angle brackets.
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;

/// A mail address. Equal when their keys are: most providers ignore case, so two accounts that differ in it are one person's.
#[derive(Debug, Clone)]
pub struct Email {
    text: String,
    key: String,
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl Email {
    /// A person's text, or why it cannot be an address. Only the shape is checked: whether it reaches anyone, a mail must tell.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidField::new(FIELD, "must not be empty"));
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidField::new(FIELD, format!("must not be longer than {MAX_BYTES} bytes")));
        }
        if !has_shape(text) {
            return Err(InvalidField::new(FIELD, "is not an e-mail address"));
        }
        Ok(Self::from_stored(text.to_owned()))
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub fn from_stored(text: String) -> Self {
        let key = text.nfkc().collect::<String>().to_lowercase();
        Self { text, key }
    }

    /// As the person wrote it; what mail is sent to.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is unique: NFKC, lower case.
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn has_shape(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_is_sound = (1..=MAX_LOCAL_BYTES).contains(&local.len())
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | ']' | '\\'));
    local_is_sound && domain.contains('.') && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_differ_in_case_are_equal_and_keep_their_text() {
        let email = Email::parse(" Nina.Simone+jazz@Example.COM ").unwrap();
        assert_eq!(email.as_str(), "Nina.Simone+jazz@Example.COM");
        assert_eq!(email, Email::parse("nina.simone+jazz@example.com").unwrap());
        assert!(Email::parse("nina@bücher.example").is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(300));
        let local = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "nina",
            "@example.com",
            "nina@",
            "nina@example",
            "nina@.com",
            "nina@-x.com",
            "a b@example.com",
            "a@b@example.com",
            "a@exa\nmple.com",
            &long,
            &local,
        ] {
            assert_eq!(Email::parse(text).unwrap_err().field, "email", "{text}");
        }
    }
}
