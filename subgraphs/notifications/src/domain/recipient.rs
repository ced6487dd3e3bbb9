//! Who a mail goes to. What cannot stand in a header is refused here, before any library sees it.

use std::fmt;

/// RFC 5321 §4.5.3.1.3.
const MAX_ADDRESS: usize = 254;
const MAX_NAME: usize = 200;

/// A mailbox: an address and the name of the person behind it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    address: String,
    name: String,
}

/// A text would break out of its header, or is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} of a recipient cannot stand in a mail header")]
pub struct InvalidRecipient(&'static str);

impl Recipient {
    /// The mailbox, unless a text holds a line break or another control character (header injection, CWE-93), is too long, or the
    /// address is none.
    pub fn new(address: &str, name: &str) -> Result<Self, InvalidRecipient> {
        let one_word = |part: &str| !part.is_empty() && !part.chars().any(|c| breaks_lines(c) || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'));
        let sound = address.len() <= MAX_ADDRESS && address.rsplit_once('@').is_some_and(|(local, domain)| one_word(local) && one_word(domain));
        if !sound {
            return Err(InvalidRecipient("address"));
        }
        if name.len() > MAX_NAME * 4 || name.chars().count() > MAX_NAME || name.chars().any(breaks_lines) {
            return Err(InvalidRecipient("name"));
        }
        Ok(Self { address: address.to_owned(), name: name.to_owned() })
    }

    /// Where it goes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How the person is addressed.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Control characters, and the separators of lines and paragraphs that some programs take for line breaks.
fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Debug for Recipient {
    /// Without the address, which does not belong into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_a_header_of_its_own_is_refused() {
        for address in ["a@b.example\r\nBcc: all@b.example", "a\n@b.example", "a@b.example\0", "a b@c.example", "<a@b.example>", "a@", "@b", "", "a"] {
            assert_eq!(Recipient::new(address, "Ada"), Err(InvalidRecipient("address")), "{address:?}");
        }
        for name in ["Ada\r\nBcc: all@b.example", "Ada\nX: y", "Ada\r", "A\0", "A\u{2028}B", "A\u{85}B", &"x".repeat(201)] {
            assert_eq!(Recipient::new("a@b.example", name), Err(InvalidRecipient("name")), "{name:?}");
        }
        let recipient = Recipient::new("a+b@b\u{fc}cher.example", "Ada, \"the\" <Countess>").unwrap();
        assert!(!format!("{recipient:?}").contains("example"));
    }
}
