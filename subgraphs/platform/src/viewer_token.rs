//! How the gateway tells a subgraph in another process who a request is for: a JWT (RFC 7519) of a few seconds, signed with
//! the installation's internal secret. A subgraph refuses requests without one.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{Clock, Viewer};
use serde::{Deserialize, Serialize};

/// The HTTP header, and the key of a WebSocket's `connection_init` payload, that carries the token.
pub const HEADER: &str = "x-polyphony-viewer";

/// Long enough for two machines' clocks to differ, short enough to be worthless when found in a log.
const LIFE_SECS: i64 = 60;
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
    encoding: EncodingKey,
    decoding: DecodingKey,
    clock: Arc<dyn Clock>,
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
        Self { encoding: EncodingKey::from_secret(key.as_bytes()), decoding: DecodingKey::from_secret(key.as_bytes()), clock }
    }

    /// A token for one request.
    pub fn sign(&self, viewer: &Viewer) -> Result<String, ViewerTokenError> {
        let claims = Claims { iss: ISSUER.into(), exp: self.clock.now().timestamp() + LIFE_SECS, viewer: viewer.clone() };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|_| ViewerTokenError)
    }

    /// Who the request is for.
    pub fn verify(&self, token: &str) -> Result<Viewer, ViewerTokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        // Against the injected clock, below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| ViewerTokenError)?.claims;
        if claims.exp < self.clock.now().timestamp() { Err(ViewerTokenError) } else { Ok(claims.viewer) }
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
