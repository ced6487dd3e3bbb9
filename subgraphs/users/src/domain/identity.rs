//! Who somebody is at a provider of identities (Google, GitHub, any OpenID Connect issuer), and how that person comes to be a user.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::id::{IdentityId, UserId};
use kernel::{InvalidField, Randomness};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// RFC 7636 §4.1.
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;
/// A SHA-256 in base64url.
const CHALLENGE_CHARS: usize = 43;
/// Bounds of a username that is made here; the rules are [`super::username`]'s.
const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 3..=24;
const NAMELESS: &str = "listener";

/// What a provider says of somebody who has just signed in there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignIdentity {
    /// Which provider, by the name it has in the configuration.
    pub provider: String,
    /// Who, for that provider: never changes, never goes to another.
    pub subject: String,
    /// An address.
    pub email: Option<String>,
    /// Whether the provider knows that the person reads its mail. Without this the address proves nothing.
    pub email_verified: bool,
    /// What the person is called there.
    pub username: Option<String>,
    /// Their name.
    pub name: Option<String>,
}

/// A provider's identity by which somebody can sign in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Whose account it opens.
    pub user_id: UserId,
    /// Which provider.
    pub provider: String,
    /// Who, there.
    pub subject: String,
    /// The address it had when it was linked, to tell it from others.
    pub email: Option<String>,
    /// Since when.
    pub linked_at: DateTime<Utc>,
    /// When somebody signed in by it last.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ForeignIdentity {
    /// Usernames for the person, the likeliest first; all keep the rules for usernames, and none need be free.
    pub fn usernames(&self, randomness: &dyn Randomness) -> Vec<String> {
        let address = self.email.as_deref().and_then(|email| email.split('@').next());
        let base = [self.username.as_deref(), address, self.name.as_deref()].into_iter().flatten().find_map(username).unwrap_or_else(|| NAMELESS.to_owned());
        let mut names = if base == NAMELESS { Vec::new() } else { vec![base.clone()] };
        // Six digits, ten times: the tenth is free too unless nearly all are taken.
        names.extend((0..10).map(|_| {
            let mut bytes = [0; 4];
            randomness.fill(&mut bytes);
            format!("{base}{:06}", u32::from_be_bytes(bytes) % 1_000_000)
        }));
        names
    }
}

fn username(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase().replace([' ', '-', '.'], "_");
    let name: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(*USERNAME_CHARS.end()).collect();
    USERNAME_CHARS.contains(&name.len()).then_some(name)
}

/// What the front end keeps between the start of a sign-in and its end: only who began it can end it (RFC 7636, between the front end
/// and us).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// A front end's text: the SHA-256 of its verifier, in base64url without padding.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == CHALLENGE_CHARS && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)).then(|| Self(text.to_owned()))
    }

    /// Whether `verifier` is what it was made of.
    pub fn is_of(&self, verifier: &str) -> bool {
        VERIFIER_CHARS.contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.0
    }
}

/// The right to end a sign-in, which comes back to the front end in the fragment of its address.
#[derive(Clone, PartialEq, Eq)]
pub struct FlowCode(String);

impl FlowCode {
    /// A new one, of 256 bits.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        Self(kernel::randomness::secret(randomness))
    }

    /// A client's text.
    pub fn present(text: &str) -> Result<Self, InvalidField> {
        if text.is_empty() || text.len() > 128 {
            return Err(InvalidField::new("code", "is not such a code"));
        }
        Ok(Self(text.to_owned()))
    }

    /// What the store knows it by.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }

    /// The text that goes to the front end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;

    use super::*;
    use crate::domain::username::Username;

    fn foreign(username: Option<&str>, email: Option<&str>, name: Option<&str>) -> ForeignIdentity {
        ForeignIdentity {
            provider: "p".into(),
            subject: "s".into(),
            email: email.map(Into::into),
            email_verified: true,
            username: username.map(Into::into),
            name: name.map(Into::into),
        }
    }

    #[test]
    fn everybody_gets_a_username_that_keeps_the_rules() {
        let cases = [
            (foreign(Some("Nina-Simone"), None, None), "nina_simone"),
            (foreign(Some("é"), Some("nina.s@example.org"), None), "nina_s"),
            (foreign(None, None, Some("Nina Simone")), "nina_simone"),
        ];
        for (foreign, first) in cases {
            let names = foreign.usernames(&OsRandomness);
            assert_eq!((names[0].as_str(), names.len()), (first, 11));
            for name in names {
                Username::parse(&name).unwrap();
            }
        }
        for foreign in [foreign(None, None, None), foreign(Some("нина"), Some("é@example.org"), Some("?"))] {
            for name in foreign.usernames(&OsRandomness) {
                assert!(name.starts_with("listener") && name.len() == 14, "{name}");
            }
        }
    }

    #[test]
    fn a_challenge_is_met_by_its_verifier_alone() {
        // RFC 7636, appendix B.
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_of(""));
        for text in ["", "x", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", &"a".repeat(44)] {
            assert_eq!(CodeChallenge::parse(text), None, "{text}");
        }
    }
}
