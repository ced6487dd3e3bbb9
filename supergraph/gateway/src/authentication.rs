//! Stage: who is this request for? A credential is verified or refused; only its absence means anonymous. There are two kinds:
//! access tokens of people, and API keys of partners' programs.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use kernel::{Partner, PortError, Viewer};
use platform::api_key::{ApiKeySecret, PREFIX};

use crate::api_key::KeyError;
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, RequestError};
use crate::rate::{Payer, Rate};

pub(crate) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Turns access tokens into viewers.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// What an access token proves. Never nothing: then it is an error.
    async fn authenticate(&self, token: &str) -> Result<Proof, AuthenticationError>;

    /// Resolves once what proved this viewer counts no more although it has not expired; for those to whom that cannot happen, never.
    async fn withdrawn(&self, _viewer: &Viewer) {
        std::future::pending::<()>().await;
    }
}

/// What an access token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Who they are; never anonymous.
    pub viewer: Viewer,
    /// What the token is for, where issuers say so; without it a person may do all that people may.
    pub scopes: Option<Arc<[String]>>,
}

impl From<Viewer> for Proof {
    fn from(viewer: Viewer) -> Self {
        Self { viewer, scopes: None }
    }
}

/// A token proved nothing.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// It is not one of ours, or was altered.
    #[error("the access token is not valid")]
    Invalid,
    /// It was one of ours.
    #[error("the access token has expired")]
    Expired,
    /// It was one of ours, of a session that somebody ended.
    #[error("the session has ended, sign in again")]
    Ended,
    /// The keys to verify it cannot be had right now.
    #[error("access tokens cannot be verified right now")]
    Unavailable(#[source] PortError),
}

impl From<AuthenticationError> for RequestError {
    fn from(error: AuthenticationError) -> Self {
        match &error {
            AuthenticationError::Invalid | AuthenticationError::Expired | AuthenticationError::Ended => Self::unauthenticated(error.to_string()),
            AuthenticationError::Unavailable(source) => {
                tracing::error!(error = %source, "the keys of access tokens cannot be had");
                Self::unavailable()
            }
        }
    }
}

/// Who a request is for, and who pays for it.
pub(crate) struct Identity {
    pub(crate) viewer: Viewer,
    /// What their token is for, where it says so.
    pub(crate) scopes: Option<Arc<[String]>>,
    pub(crate) payer: Arc<Payer>,
    /// The hash of the key that proved it, for a partner: what stays open asks for it again.
    pub(crate) key: Option<Arc<str>>,
}

/// Who sends a request with these headers.
pub(crate) async fn authenticate(gateway: &Gateway, headers: &HeaderMap, entrance: &Entrance) -> Result<Identity, RequestError> {
    match (only(headers, &header::AUTHORIZATION)?, only(headers, &X_API_KEY)?) {
        (None, None) => Ok(Identity { viewer: Viewer::Anonymous, scopes: None, payer: gateway.inner.rate.anonymous(&entrance.caller), key: None }),
        (Some(authorization), None) => authenticate_text(gateway, text(authorization), entrance).await,
        (None, Some(key)) => counting_wrong(gateway, entrance, partner(gateway, text(key).trim(), entrance)).await,
        (Some(_), Some(_)) => Err(RequestError::unauthenticated("Authorization and X-API-Key are two credentials; send one")),
    }
}

/// Who sends an `Authorization` value, in a header or a `connection_init` payload.
pub(crate) async fn authenticate_text(gateway: &Gateway, text: &str, entrance: &Entrance) -> Result<Identity, RequestError> {
    counting_wrong(gateway, entrance, async {
        // RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1).
        let token = match text.trim().split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(RequestError::unauthenticated("Authorization must be `Bearer` and an access token or API key")),
        };
        if token.starts_with(PREFIX) { partner(gateway, token, entrance).await } else { person(gateway, token, entrance).await }
    })
    .await
}

async fn person(gateway: &Gateway, token: &str, entrance: &Entrance) -> Result<Identity, RequestError> {
    let Proof { viewer, scopes } = gateway.inner.authenticator.authenticate(token).await?;
    let rate = &gateway.inner.rate;
    let payer = viewer.session().map_or_else(|| rate.anonymous(&entrance.caller), |session| rate.person(session, gateway.inner.clock.now()));
    Ok(Identity { viewer, scopes, payer, key: None })
}

async fn partner(gateway: &Gateway, text: &str, entrance: &Entrance) -> Result<Identity, RequestError> {
    let Entrance { caller, ledger, .. } = entrance;
    // The checksum tells a typo without a lookup.
    let key = ApiKeySecret::parse(text).map_err(|error| RequestError::unauthenticated(error.to_string()))?;
    let (api_keys, hash) = (&gateway.inner.api_keys, key.hash());
    if !api_keys.remembers(&hash) {
        // Made-up keys have good checksums too: who tries many is stopped before the store is asked.
        gateway.inner.rate.check_credentials(caller, ledger).await?;
    }
    let rights = api_keys.rights(&key, caller).await.inspect_err(|error| match error {
        KeyError::Unavailable(_) => {}
        refused => tracing::info!(key = key.shown(), reason = %refused, "an API key was refused"),
    })?;
    let viewer = Viewer::Partner(Partner {
        key_id: rights.key_id,
        organisation_id: rights.organisation_id,
        scopes: rights.scopes.clone(),
        expires_at: rights.expires_at,
    });
    Ok(Identity { viewer, scopes: None, payer: Rate::partner(&rights), key: Some(hash.into()) })
}

/// A credential that proves nothing is paid for by its address: guessing must not be free.
async fn counting_wrong(
    gateway: &Gateway,
    entrance: &Entrance,
    identity: impl Future<Output = Result<Identity, RequestError>>,
) -> Result<Identity, RequestError> {
    let identity = identity.await;
    if let Err(error) = &identity
        && matches!(error.fault, Fault::Unauthenticated | Fault::Forbidden)
    {
        gateway.inner.rate.wrong_credential(&entrance.caller, &entrance.ledger).await?;
    }
    identity
}

/// The only header of that name; a second could be what another hop believes.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h HeaderValue>, RequestError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(RequestError::unauthenticated(format!("more than one {name} header")));
    }
    Ok(first)
}

/// A header that is no text is no credential of ours, and not the absence of one.
fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}
