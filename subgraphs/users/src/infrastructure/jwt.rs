//! Access tokens as JSON web tokens (RFC 7519) signed with Ed25519 (RFC 8037), and the key document (RFC 7517) to verify them.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::id::{SessionId, UserId};
use kernel::{Clock, IdGenerator, PortError, Randomness, Role, Scope, Tier};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::application::ports::{AccessToken, AccessTokens, SigningKeyRepository};
use crate::domain::signing_key::{self, SigningKey};
use crate::domain::user::User;

/// `iss` and `aud` of every access token.
pub const ISSUER: &str = "polyphony";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who says it: [`ISSUER`].
    pub iss: String,
    /// To whom: [`ISSUER`] too, for the installation talks to itself.
    pub aud: String,
    /// Whose account.
    pub sub: UserId,
    /// Which session.
    pub sid: SessionId,
    /// The account's role when the token was made.
    pub role: Role,
    /// What the token may be used for, by blanks (RFC 9068 §2.2.3): all scopes there are, for it is the person's own.
    pub scope: String,
    /// What the account paid for when the token was made.
    pub tier: Tier,
    /// Whether that was premium.
    pub premium: bool,
    /// Until when, in seconds since 1970; not there when it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premium_exp: Option<i64>,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// Unique.
    pub jti: Uuid,
}

/// The installation's signing keys: made on first use, replaced every month, announced before they sign.
pub struct SigningKeys {
    repository: Arc<dyn SigningKeyRepository>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    token_life: Duration,
    /// What the repository held when last asked; another process may have added keys since.
    known: RwLock<Arc<[SigningKey]>>,
    /// Held while looking after the keys, so that this process makes one and not ten.
    looking_after: tokio::sync::Mutex<()>,
}

impl SigningKeys {
    /// Keys in `repository` for tokens that live `token_life`.
    pub fn new(repository: Arc<dyn SigningKeyRepository>, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>, token_life: Duration) -> Self {
        Self { repository, clock, randomness, token_life, known: RwLock::new(Arc::from([])), looking_after: tokio::sync::Mutex::new(()) }
    }

    /// The public keys that verify every access token alive. There is always one, and each is listed before it signs.
    pub async fn jwks(&self) -> Result<JwkSet, PortError> {
        let keys = self.look_after().await?;
        let keys = keys.iter().map(public_key).collect::<Result<_, _>>()?;
        Ok(JwkSet { keys })
    }

    /// The key that signs at `now`, from memory as long as it does.
    async fn signer(&self, now: DateTime<Utc>) -> Result<SigningKey, PortError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let keys = if signing_key::next_signs_from(&*known, now).is_none() { known } else { self.look_after().await? };
        signing_key::signer(&*keys, now).cloned().ok_or_else(|| PortError::unavailable("no key signs yet"))
    }

    /// Reads the keys, and adds one when it is time.
    async fn look_after(&self) -> Result<Arc<[SigningKey]>, PortError> {
        let _one = self.looking_after.lock().await;
        let now = self.clock.now();
        let mut keys = self.repository.published(now).await?;
        if let Some(signs_from) = signing_key::next_signs_from(&keys, now) {
            let key = generate(&*self.randomness, signs_from, self.token_life)?;
            self.repository.add(&key, now).await?;
            tracing::info!(kid = key.id, %signs_from, "a signing key was made");
            keys.push(key);
        }
        let keys: Arc<[SigningKey]> = keys.into();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }
}

/// [`AccessTokens`] under [`SigningKeys`].
pub struct JwtAccessTokens {
    keys: Arc<SigningKeys>,
    clock: Arc<dyn Clock>,
    ids: IdGenerator,
}

impl JwtAccessTokens {
    /// Tokens signed with the newest of `keys`.
    pub const fn new(keys: Arc<SigningKeys>, clock: Arc<dyn Clock>, ids: IdGenerator) -> Self {
        Self { keys, clock, ids }
    }
}

#[async_trait]
impl AccessTokens for JwtAccessTokens {
    async fn issue(&self, user: &User, session_id: SessionId) -> Result<AccessToken, PortError> {
        let now = self.clock.now();
        let key = self.keys.signer(now).await?;
        let iat = now.timestamp();
        let exp = iat + self.keys.token_life.num_seconds();
        let tier = user.tier(now);
        let premium = tier == Tier::Premium;
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: user.id,
            sid: session_id,
            role: user.role,
            scope: Scope::ALL.map(Scope::as_str).join(" "),
            tier,
            premium,
            premium_exp: user.premium_until.filter(|_| premium).map(|until| until.timestamp()),
            iat,
            exp,
            jti: self.ids.uuid(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        let text = jsonwebtoken::encode(&header, &claims, &private_key(&key)?).map_err(PortError::corrupt)?;
        let expires_at = DateTime::from_timestamp(exp, 0).ok_or_else(|| PortError::corrupt("the token would end beyond time"))?;
        Ok(AccessToken { text, expires_at })
    }
}

fn generate(randomness: &dyn Randomness, signs_from: DateTime<Utc>, token_life: Duration) -> Result<SigningKey, PortError> {
    let mut secret_key = [0; 32];
    randomness.fill(&mut secret_key);
    // Without the public half: version 1 of PKCS#8 (RFC 5208), which jsonwebtoken wants; the half is derived when needed.
    let pem = KeypairBytes { secret_key, public_key: None }.to_pkcs8_pem(LineEnding::LF).map_err(PortError::corrupt)?;
    let mut key = SigningKey::new(String::new(), pem.as_str().to_owned(), signs_from, token_life);
    // The thumbprint of RFC 7638: the name follows from the key and can belong to no other.
    key.id = public_key(&key)?.thumbprint(ThumbprintHash::SHA256).map_err(PortError::corrupt)?;
    Ok(key)
}

fn private_key(key: &SigningKey) -> Result<EncodingKey, PortError> {
    EncodingKey::from_ed_pem(key.private_key_pem.as_bytes()).map_err(PortError::corrupt)
}

fn public_key(key: &SigningKey) -> Result<Jwk, PortError> {
    let mut jwk = Jwk::from_encoding_key(&private_key(key)?, Algorithm::EdDSA).map_err(PortError::corrupt)?;
    jwk.common.key_id = Some(key.id.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(jwk)
}
