//! How the gateway tells a subgraph in another process who a request is for: a JWT (RFC 7519) of a few seconds, signed with
//! the installation's internal secret. A subgraph refuses requests without one.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{Clock, Viewer};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

/// The HTTP header, and the key of a WebSocket's `connection_init` payload, that carries the token.
pub const HEADER: &str = "x-polyphony-viewer";

/// Long enough for two machines' clocks to differ, short enough to be worthless when found in a log.
const LIFE_SECS: i64 = 60;
/// A token is given again until half its life is over: one viewer's requests are many, and a signature costs more than a small fetch.
const AGAIN_SECS: i64 = LIFE_SECS / 2;
/// Tokens remembered on either side.
const REMEMBERED: u64 = 10_000;
const ISSUER: &str = "polyphony-gateway";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    exp: i64,
    viewer: Viewer,
}

/// Signs and verifies viewer tokens.
#[derive(Clone)]
pub struct ViewerTokens {
    keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    /// Tokens and their ends, by viewer.
    signed: Cache<Viewer, (Arc<str>, i64)>,
    /// Viewers and their tokens' ends, by the whole token: one that differs in a character was not checked.
    verified: Cache<String, (Viewer, i64)>,
}

struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The token is missing, false or too old.
#[derive(Debug, thiserror::Error)]
#[error("not a valid viewer token")]
pub struct ViewerTokenError;

impl ViewerTokens {
    /// Tokens under `secret`, by `clock`.
    pub fn new(secret: &str, clock: Arc<dyn Clock>) -> Self {
        // Derived, so that a token of this kind can never pass for another kind under the same secret.
        let key = format!("viewer-token:{secret}");
        Self {
            keys: Arc::new(Keys { encoding: EncodingKey::from_secret(key.as_bytes()), decoding: DecodingKey::from_secret(key.as_bytes()) }),
            clock,
            signed: Cache::new(REMEMBERED),
            verified: Cache::new(REMEMBERED),
        }
    }

    /// A token for a request that is sent now.
    pub fn sign(&self, viewer: &Viewer) -> Result<String, ViewerTokenError> {
        let now = self.clock.now().timestamp();
        if let Some((token, end)) = self.signed.get(viewer)
            && (AGAIN_SECS..=LIFE_SECS).contains(&(end - now))
        {
            return Ok(token.to_string());
        }
        let claims = Claims { iss: ISSUER.into(), exp: now + LIFE_SECS, viewer: viewer.clone() };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.keys.encoding).map_err(|_| ViewerTokenError)?;
        self.signed.insert(claims.viewer, (token.as_str().into(), claims.exp));
        Ok(token)
    }

    /// Who the request is for.
    pub fn verify(&self, token: &str) -> Result<Viewer, ViewerTokenError> {
        let (viewer, end) = match self.verified.get(token) {
            Some(known) => known,
            None => self.check(token)?,
        };
        if end < self.clock.now().timestamp() { Err(ViewerTokenError) } else { Ok(viewer) }
    }

    /// Checks everything but the end, which the clock decides anew each time.
    fn check(&self, token: &str) -> Result<(Viewer, i64), ViewerTokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.keys.decoding, &validation).map_err(|_| ViewerTokenError)?.claims;
        self.verified.insert(token.to_owned(), (claims.viewer.clone(), claims.exp));
        Ok((claims.viewer, claims.exp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemClock;

    #[test]
    fn only_the_same_secret_verifies() {
        let ours = ViewerTokens::new("a", Arc::new(SystemClock));
        let token = ours.sign(&Viewer::Anonymous).unwrap();
        assert_eq!(ours.verify(&token).unwrap(), Viewer::Anonymous);
        assert!(ViewerTokens::new("b", Arc::new(SystemClock)).verify(&token).is_err());
        assert!(ours.verify("").is_err());
    }
}
