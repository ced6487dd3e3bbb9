//! What a person types to say which account is theirs.

use kernel::InvalidField;

use super::email::Email;
use super::username::Username;

const MAX_BYTES: usize = 254;

/// An account named by one of its two unique names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// By username.
    Username(Username),
    /// By mail address.
    Email(Email),
}

impl Login {
    /// `None` when no account can have that name: the caller must answer that as it answers an unknown account.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        if text.trim().is_empty() {
            return Err(InvalidField::new("login", "must not be empty"));
        }
        if text.len() > MAX_BYTES {
            return Err(InvalidField::new("login", format!("must not be longer than {MAX_BYTES} bytes")));
        }
        // A username has no @.
        let login = if text.contains('@') { Email::parse(text).map(Self::Email) } else { Username::parse(text).map(Self::Username) };
        Ok(login.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_are_taken_and_impossible_ones_name_nobody() {
        assert!(matches!(Login::parse("Nina"), Ok(Some(Login::Username(_)))));
        assert!(matches!(Login::parse("Nina@Example.com"), Ok(Some(Login::Email(_)))));
        assert_eq!(Login::parse("ni na"), Ok(None));
        assert_eq!(Login::parse("@"), Ok(None));
        assert_eq!(Login::parse(" ").unwrap_err().field, "login");
        assert_eq!(Login::parse(&"a".repeat(255)).unwrap_err().field, "login");
    }
}
