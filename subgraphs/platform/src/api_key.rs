//! API keys as their text, and what `users` tells the gateway about one: in the same process by a call, else by a route that
//! only the gateway can ask.
//!
//! A key is `pk_`, 256 random bits and a checksum, all in base64url: `pk_` + 43 + 6 characters. The checksum is the beginning of
//! the SHA-256 of what stands before it, so that a key with a typo, or cut off by a copy, is told without asking anybody; and a
//! scanner for leaked secrets can tell one from chance. Stores and caches know a key by its SHA-256 alone: 256 random bits
//! cannot be guessed from their hash however fast it is, so the slow hash that passwords need would only cost.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::id::{ApiKeyId, OrganisationId};
use kernel::{Clock, Randomness, Scope};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What every key begins with.
pub const PREFIX: &str = "pk_";
/// Where `users` answers a gateway in another process.
pub const PATH: &str = "/internal/api-key";
/// The header of that request: who asks, and for which key.
pub const HEADER: &str = "x-polyphony-api-key";

const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
/// Characters of a key that may be shown, to tell it from others.
const SHOWN_LENGTH: usize = 11;

/// A key as only its holder has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

/// The text is no key: it has a typo or is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key: it has a typo or is not whole")]
pub struct MalformedKey;

impl ApiKeySecret {
    /// A new one.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let text = format!("{PREFIX}{}", kernel::randomness::secret(randomness));
        let checksum = checksum(&text);
        Self(text + &checksum)
    }

    /// A client's text, when it can be a key. Says nothing yet about whether it is one of ours.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        if text.len() != PREFIX.len() + SECRET_LENGTH + CHECKSUM_LENGTH || !text.is_ascii() || !text.starts_with(PREFIX) {
            return Err(MalformedKey);
        }
        let (body, given) = text.split_at(text.len() - CHECKSUM_LENGTH);
        if checksum(body) == given { Ok(Self(text.to_owned())) } else { Err(MalformedKey) }
    }

    /// What stores and caches know it by: its SHA-256 in hexadecimal.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }

    /// The first characters, by which people tell their keys apart; 48 of the 256 bits.
    pub fn shown(&self) -> &str {
        &self.0[..SHOWN_LENGTH]
    }

    /// The text, for the one time it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeySecret({}…)", self.shown())
    }
}

fn checksum(text: &str) -> String {
    let mut encoded = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
    encoded.truncate(CHECKSUM_LENGTH);
    encoded
}

/// What a good key is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRights {
    /// Which key.
    pub key_id: ApiKeyId,
    /// Whose.
    pub organisation_id: OrganisationId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Requests a minute.
    pub per_minute: u32,
    /// Requests a day.
    pub per_day: u32,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// Origins whose pages may use it; empty: it is not bound to any.
    pub allowed_origins: Vec<String>,
    /// Networks it may be used from; empty: from anywhere.
    pub allowed_addresses: Vec<IpNet>,
}

impl KeyRights {
    /// Whether a request with this `Origin` may use the key. A bound key wants the header: only browsers send it unasked, and
    /// they do not let a page choose it.
    pub fn allows_origin(&self, origin: Option<&str>) -> bool {
        self.allowed_origins.is_empty() || origin.is_some_and(|origin| self.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)))
    }

    /// Whether a request from `address` may use the key.
    pub fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed_addresses.is_empty() || self.allowed_addresses.iter().any(|network| network.contains(&address))
    }
}

/// What became of a presented key. Why one is refused is for whoever holds it; it has proved that by its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAnswer {
    /// It is good.
    Good(Box<KeyRights>),
    /// There is none with this secret.
    Unknown,
    /// Its time, or that of a secret which was rotated away, is over.
    Expired,
    /// It was revoked.
    Revoked,
}

/// How long a question may travel.
const LIFE_SECS: i64 = 60;
const ISSUER: &str = "polyphony-gateway";
const AUDIENCE: &str = "api-key";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    sub: String,
}

/// Signs and verifies the gateway's questions: JWTs (RFC 7519) of a minute under the installation's internal secret, which name
/// the hash of the key in question.
#[derive(Clone)]
pub struct KeyQuestions {
    encoding: EncodingKey,
    decoding: DecodingKey,
    clock: Arc<dyn Clock>,
}

/// The question is not from a gateway of this installation.
#[derive(Debug, thiserror::Error)]
#[error("not a valid question")]
pub struct KeyQuestionError;

impl KeyQuestions {
    /// Questions under `secret`, by `clock`.
    pub fn new(secret: &str, clock: Arc<dyn Clock>) -> Self {
        // Derived, so that a token of this kind can never pass for another kind under the same secret.
        let key = format!("api-key:{secret}");
        Self { encoding: EncodingKey::from_secret(key.as_bytes()), decoding: DecodingKey::from_secret(key.as_bytes()), clock }
    }

    /// The question about the key with this hash.
    pub fn sign(&self, hash: &str) -> Result<String, KeyQuestionError> {
        let claims = Claims { iss: ISSUER.into(), aud: AUDIENCE.into(), exp: self.clock.now().timestamp() + LIFE_SECS, sub: hash.into() };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|_| KeyQuestionError)
    }

    /// The hash a question is about.
    pub fn verify(&self, token: &str) -> Result<String, KeyQuestionError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Against the injected clock, below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| KeyQuestionError)?.claims;
        if claims.exp < self.clock.now().timestamp() { Err(KeyQuestionError) } else { Ok(claims.sub) }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{IdGenerator, OsRandomness, SystemClock};

    use super::*;

    #[test]
    fn a_key_is_known_by_its_checksum_and_kept_by_its_hash() {
        let key = ApiKeySecret::generate(&OsRandomness);
        assert_eq!(ApiKeySecret::parse(key.as_str()), Ok(key.clone()));
        assert_eq!((key.as_str().len(), key.hash().len()), (52, 64));
        assert!(!format!("{key:?}").contains(&key.as_str()[12..]));
        assert_ne!(ApiKeySecret::generate(&OsRandomness).hash(), key.hash());
    }

    #[test]
    fn every_typo_is_told() {
        let key = ApiKeySecret::generate(&OsRandomness).as_str().to_owned();
        for at in 0..key.len() {
            let mut typo = key.clone().into_bytes();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(ApiKeySecret::parse(std::str::from_utf8(&typo).unwrap()), Err(MalformedKey), "at {at}");
            assert_eq!(ApiKeySecret::parse(&key[..at]), Err(MalformedKey));
        }
        for text in ["", "pk_", &"é".repeat(26), &format!("{key} "), &key.to_uppercase()] {
            assert_eq!(ApiKeySecret::parse(text), Err(MalformedKey), "{text}");
        }
    }

    #[test]
    fn a_question_is_one_installations_and_short() {
        let ours = KeyQuestions::new("a", Arc::new(SystemClock));
        let question = ours.sign("abc").unwrap();
        assert_eq!(ours.verify(&question).unwrap(), "abc");
        assert!(KeyQuestions::new("b", Arc::new(SystemClock)).verify(&question).is_err());
        let viewer = crate::viewer_token::ViewerTokens::new("a", Arc::new(SystemClock)).sign(&kernel::Viewer::Anonymous).unwrap();
        assert!(ours.verify(&viewer).is_err() && ours.verify("").is_err());
    }

    #[test]
    fn a_bound_key_wants_its_origin_and_its_network() {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        let free = KeyRights {
            key_id: ids.next(),
            organisation_id: ids.next(),
            scopes: Vec::new(),
            per_minute: 1,
            per_day: 1,
            expires_at: None,
            allowed_origins: Vec::new(),
            allowed_addresses: Vec::new(),
        };
        assert!(free.allows_origin(None) && free.allows_origin(Some("https://a.example")) && free.allows_address([1, 2, 3, 4].into()));
        let bound = KeyRights {
            allowed_origins: vec!["https://a.example".into()],
            allowed_addresses: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            ..free
        };
        assert!(bound.allows_origin(Some("https://A.example")));
        assert!(!bound.allows_origin(None) && !bound.allows_origin(Some("http://a.example")) && !bound.allows_origin(Some("null")));
        for (address, allowed) in [("10.9.8.7", true), ("::ffff:10.9.8.7", true), ("11.0.0.1", false), ("2001:db8::1", true), ("2001:db9::1", false)] {
            assert_eq!(bound.allows_address(address.parse().unwrap()), allowed, "{address}");
        }
    }
}
