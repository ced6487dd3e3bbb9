//! Access tokens as `users` makes them: Ed25519 JWTs (RFC 8037) verified against its JWKS (RFC 7517).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use chrono::DateTime;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use kernel::{Clock, Id, PortError, Role, Session, Viewer};
use moka::sync::Cache;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::authentication::{AuthenticationError, Authenticator, Proof};
use crate::revocation::Revocations;

/// `iss` and `aud` of access tokens.
const POLYPHONY: &str = "polyphony";
/// Tokens with made-up key ids must not make us fetch the keys each time.
const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// Tokens whose signature need not be checked again: an Ed25519 check costs more than the rest of a small query.
const REMEMBERED_TOKENS: u64 = 10_000;
/// How long a signature is believed; a key that is withdrawn before its time still counts for so long.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Where the public keys of access tokens are.
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// All keys whose tokens are valid now.
    async fn jwks(&self) -> Result<JwkSet, PortError>;
}

/// Verifies access tokens against a key source, asking it again when a token names a key not seen yet.
pub struct JwksAuthenticator {
    source: Arc<dyn KeySource>,
    clock: Arc<dyn Clock>,
    refresh_interval: Duration,
    keys: ArcSwap<HashMap<String, DecodingKey>>,
    refreshed: Mutex<Option<Instant>>,
    revocations: Option<Arc<Revocations>>,
    /// By the whole token: one that differs in a character was not checked.
    verified: Cache<String, Session>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    role: Role,
    /// In tokens of accounts that are premium.
    #[serde(default)]
    premium_exp: Option<i64>,
    exp: i64,
}

impl JwksAuthenticator {
    /// Keys from `source`, fetched with the first token; expiry by `clock`.
    pub fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        let verified = Cache::builder().max_capacity(REMEMBERED_TOKENS).time_to_live(REMEMBERED_FOR).build();
        Self { source, clock, refresh_interval: REFRESH_INTERVAL, keys: ArcSwap::default(), refreshed: Mutex::new(None), revocations: None, verified }
    }

    /// The same with another shortest time between two fetches of the keys.
    #[must_use]
    pub const fn with_refresh_interval(mut self, interval: Duration) -> Self {
        self.refresh_interval = interval;
        self
    }

    /// The same, refusing tokens of sessions on this list.
    #[must_use]
    pub fn with_revocations(mut self, revocations: Arc<Revocations>) -> Self {
        self.revocations = Some(revocations);
        self
    }

    pub(crate) async fn key(&self, kid: &str) -> Result<DecodingKey, AuthenticationError> {
        if let Some(key) = self.keys.load().get(kid) {
            return Ok(key.clone());
        }
        let mut refreshed = self.refreshed.lock().await;
        // Another request may have fetched it while this one waited.
        if let Some(key) = self.keys.load().get(kid) {
            return Ok(key.clone());
        }
        if refreshed.is_some_and(|at| at.elapsed() < self.refresh_interval) {
            return Err(AuthenticationError::Invalid);
        }
        let set = self.source.jwks().await.map_err(AuthenticationError::Unavailable)?;
        *refreshed = Some(Instant::now());
        let keys: HashMap<_, _> = set
            .keys
            .iter()
            .filter_map(|jwk| {
                let kid = jwk.common.key_id.clone()?;
                let key = DecodingKey::from_jwk(jwk).inspect_err(|error| tracing::warn!(%kid, %error, "a published key cannot be used")).ok()?;
                Some((kid, key))
            })
            .collect();
        let key = keys.get(kid).cloned();
        self.keys.store(Arc::new(keys));
        key.ok_or(AuthenticationError::Invalid)
    }
}

#[async_trait]
impl Authenticator for JwksAuthenticator {
    async fn authenticate(&self, token: &str) -> Result<Proof, AuthenticationError> {
        let session = match self.verified.get(token) {
            Some(session) => session,
            None => self.verify(token).await?,
        };
        if session.expires_at <= self.clock.now() {
            return Err(AuthenticationError::Expired);
        }
        let viewer = Viewer::SignedIn(session);
        if self.revocations.as_ref().is_some_and(|revocations| revocations.has_ended(&viewer)) {
            return Err(AuthenticationError::Ended);
        }
        Ok(viewer.into())
    }

    async fn withdrawn(&self, viewer: &Viewer) {
        match &self.revocations {
            Some(revocations) => revocations.ended(viewer).await,
            None => std::future::pending().await,
        }
    }
}

impl JwksAuthenticator {
    /// Checks everything but the expiry, which the clock decides anew each time.
    async fn verify(&self, token: &str) -> Result<Session, AuthenticationError> {
        let invalid = |_| AuthenticationError::Invalid;
        let header = decode_header(token).map_err(invalid)?;
        let kid = header.kid.ok_or(AuthenticationError::Invalid)?;
        let key = self.key(&kid).await?;

        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[POLYPHONY]);
        validation.set_audience(&[POLYPHONY]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| AuthenticationError::Invalid)?.claims;
        let session = Session {
            user_id: Id::parse("sub", &claims.sub).map_err(|_| AuthenticationError::Invalid)?,
            session_id: Id::parse("sid", &claims.sid).map_err(|_| AuthenticationError::Invalid)?,
            role: claims.role,
            premium_until: claims.premium_exp.and_then(|until| DateTime::from_timestamp(until, 0)),
            expires_at: DateTime::from_timestamp(claims.exp, 0).ok_or(AuthenticationError::Invalid)?,
        };
        self.verified.insert(token.to_owned(), session.clone());
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kernel::SystemClock;

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    #[async_trait]
    impl KeySource for Counting {
        async fn jwks(&self) -> Result<JwkSet, PortError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(JwkSet { keys: Vec::new() })
        }
    }

    #[tokio::test]
    async fn made_up_key_ids_do_not_fetch_the_keys_each_time() {
        // {"alg":"EdDSA","kid":"x"}
        let token = "eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.e30.AA";
        let source = Arc::new(Counting::default());
        let authenticator = JwksAuthenticator::new(source.clone(), Arc::new(SystemClock));
        for _ in 0..10 {
            assert!(matches!(authenticator.authenticate(token).await, Err(AuthenticationError::Invalid)));
        }
        assert_eq!(source.0.load(Ordering::Relaxed), 1);
        assert!(matches!(authenticator.authenticate("no token").await, Err(AuthenticationError::Invalid)));
    }
}
