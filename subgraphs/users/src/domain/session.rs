//! A signed-in device, and the one-time tokens that keep it signed in.

use std::fmt;

use chrono::{DateTime, Utc};
use kernel::id::{SessionId, UserId};
use kernel::{InvalidField, Randomness};
use sha2::{Digest as _, Sha256};

/// A sign-in. All refresh tokens that descend from it are its family: they live and die with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; `sid` in access tokens.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its tokens were renewed last: to the life of an access token, when it was used last.
    pub last_used_at: DateTime<Utc>,
    /// From which address, then.
    pub address: Option<String>,
    /// With which program, as it calls itself.
    pub device: Option<String>,
}

/// A refresh token as only its holder has it.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSecret(String);

/// Longer than every token we make.
const MAX_BYTES: usize = 128;

impl RefreshSecret {
    /// A new one, of 256 bits: nobody guesses it, so a plain hash protects it in the store.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        Self(kernel::randomness::secret(randomness))
    }

    /// A client's text. Says nothing yet about whether we made it.
    pub fn present(text: &str) -> Result<Self, InvalidField> {
        if text.is_empty() || text.len() > MAX_BYTES {
            return Err(InvalidField::new("refreshToken", "is not a refresh token"));
        }
        Ok(Self(text.to_owned()))
    }

    /// What the store knows it by.
    pub fn hash(&self) -> TokenHash {
        TokenHash(hex::encode(Sha256::digest(&self.0)))
    }

    /// The text the client keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshSecret(…)")
    }
}

/// The SHA-256 of a refresh token, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// The text the store keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A refresh token as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it is found by.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;

    use super::*;

    #[test]
    fn a_token_is_found_by_its_hash_alone() {
        let secret = RefreshSecret::generate(&OsRandomness);
        assert_eq!(RefreshSecret::present(secret.as_str()).unwrap().hash(), secret.hash());
        assert!(!secret.hash().as_str().contains(secret.as_str()));
        assert_ne!(RefreshSecret::generate(&OsRandomness).hash(), secret.hash());
        assert!(!format!("{secret:?}").contains(secret.as_str()));
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_by_field() {
        for text in ["", &"a".repeat(129)] {
            assert_eq!(RefreshSecret::present(text).unwrap_err().field, "refreshToken");
        }
    }
}
