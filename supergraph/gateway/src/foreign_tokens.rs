//! Access tokens of an issuer that is not Polyphony: JWTs (RFC 7519) verified against its key set, whatever else they hold.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::{Clock, Id, PortError, Role, Session, Viewer};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::authentication::{AuthenticationError, Authenticator, Proof};
use crate::jwks::{JwksAuthenticator, KeySource};

/// Signatures by a key that only the issuer has. With a shared secret, whoever verifies could sign.
const ASYMMETRIC: [Algorithm; 9] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A key set (RFC 7517) behind an address.
pub struct RemoteKeys {
    client: reqwest::Client,
    url: Url,
}

impl RemoteKeys {
    /// The key set at `url`.
    pub fn new(url: Url) -> Self {
        Self { client: reqwest::Client::new(), url }
    }
}

#[async_trait]
impl KeySource for RemoteKeys {
    async fn jwks(&self) -> Result<JwkSet, PortError> {
        let response = self.client.get(self.url.clone()).send().await.and_then(reqwest::Response::error_for_status).map_err(PortError::unavailable)?;
        response.json().await.map_err(PortError::corrupt)
    }
}

/// Verifies the tokens of one issuer. Who they are for is known to be signed in, the same person each time, and what
/// the token is for; not more.
pub struct ForeignTokens {
    keys: JwksAuthenticator,
    clock: Arc<dyn Clock>,
    issuer: Option<String>,
    audience: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    scope: Scopes,
    /// What some issuers call it.
    #[serde(default)]
    scp: Scopes,
}

/// What a token is for: names between spaces (RFC 8693 §4.2, RFC 9068 §2.2.3), or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scopes {
    Text(String),
    List(Vec<String>),
}

impl Default for Scopes {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Scopes {
    fn into_names(self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split_ascii_whitespace().map(ToOwned::to_owned).collect(),
            Self::List(names) => names,
        }
    }
}

impl ForeignTokens {
    /// Tokens signed by a key of `source`, of this `issuer` and for this `audience` where they are given.
    pub fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>, issuer: Option<String>, audience: Option<String>) -> Self {
        Self { keys: JwksAuthenticator::new(source, clock.clone()), clock, issuer, audience }
    }
}

#[async_trait]
impl Authenticator for ForeignTokens {
    async fn authenticate(&self, token: &str) -> Result<Proof, AuthenticationError> {
        let header = decode_header(token).map_err(|_| AuthenticationError::Invalid)?;
        if !ASYMMETRIC.contains(&header.alg) {
            return Err(AuthenticationError::Invalid);
        }
        let key = self.keys.key(&header.kid.ok_or(AuthenticationError::Invalid)?).await?;
        // The key's own family is compared with this too: the token cannot choose an algorithm that the key is not for.
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "sub"]);
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".into());
        }
        match &self.audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.required_spec_claims.insert("aud".into());
            }
            None => validation.validate_aud = false,
        }
        // Against the injected clock, below.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| AuthenticationError::Invalid)?.claims;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(AuthenticationError::Invalid)?;
        if expires_at <= self.clock.now() {
            return Err(AuthenticationError::Expired);
        }
        let person = fingerprint(&[&claims.iss, &claims.sub]);
        let (user_id, session_id) = (Id::from_uuid(person), Id::from_uuid(fingerprint(&[token])));
        let session = Session { user_id, session_id, role: Role::User, premium_until: None, expires_at };
        let scopes = [claims.scope.into_names(), claims.scp.into_names()].concat();
        Ok(Proof { viewer: Viewer::SignedIn(session), scopes: Some(scopes.into()) })
    }
}

/// The same for the same texts and no others, in the form our ids have (version 8, RFC 9562 §5.8).
fn fingerprint(texts: &[&str]) -> uuid::Uuid {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
