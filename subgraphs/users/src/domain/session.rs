//! A signed-in device, and the one-time tokens that keep it signed in.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
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

/// The bits of an address that a device keeps when its provider gives it another: those of a network, not of a house.
const NETWORK_BITS: (u8, u8) = (16, 48);

impl Session {
    /// Whether the device and the network of this one were seen with an account before, in the sessions `before`. What nobody knows is no
    /// news, and neither is an account's first session.
    pub fn is_familiar(&self, before: &[Self]) -> bool {
        let device_known = self.device.is_none() || before.iter().any(|session| session.device == self.device);
        let network_known = match self.address.as_deref().and_then(network) {
            Some(here) => before.iter().filter_map(|session| network(session.address.as_deref()?)).any(|there| there == here),
            None => true,
        };
        before.is_empty() || device_known && network_known
    }
}

fn network(address: &str) -> Option<IpNet> {
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv4() { NETWORK_BITS.0 } else { NETWORK_BITS.1 };
    IpNet::new(address, bits).ok().map(|network| network.trunc())
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
    fn another_program_or_network_is_news_and_another_address_nearby_is_none() {
        let session = |address: Option<&str>, device: Option<&str>| Session {
            id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            user_id: kernel::Id::from_uuid(uuid::Uuid::nil()),
            created_at: DateTime::UNIX_EPOCH,
            last_used_at: DateTime::UNIX_EPOCH,
            address: address.map(Into::into),
            device: device.map(Into::into),
        };
        let before = [session(Some("192.0.2.7"), Some("Phone")), session(Some("2001:db8:1:2::3"), Some("Laptop"))];
        for (address, device, familiar) in [
            (Some("192.0.2.7"), Some("Phone"), true),
            (Some("192.0.77.1"), Some("Laptop"), true),
            (Some("2001:db8:1:ffff::1"), Some("Phone"), true),
            (Some("2001:db8:2::1"), Some("Phone"), false),
            (Some("198.51.100.1"), Some("Phone"), false),
            (Some("192.0.2.7"), Some("Tool"), false),
            (None, Some("Phone"), true),
            (None, None, true),
        ] {
            assert_eq!(session(address, device).is_familiar(&before), familiar, "{address:?} {device:?}");
        }
        assert!(session(Some("198.51.100.1"), Some("Tool")).is_familiar(&[]));
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_by_field() {
        for text in ["", &"a".repeat(129)] {
            assert_eq!(RefreshSecret::present(text).unwrap_err().field, "refreshToken");
        }
    }
}
