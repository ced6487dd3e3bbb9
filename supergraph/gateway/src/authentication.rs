//! Stage: who is this request for? A token is verified or refused; only its absence means anonymous.

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use kernel::{PortError, Viewer};

use crate::pipeline::RequestError;

/// Turns access tokens into viewers.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The viewer an access token proves. Never anonymous: a token that proves nothing is an error.
    async fn authenticate(&self, token: &str) -> Result<Viewer, AuthenticationError>;

    /// Resolves once what proved this viewer counts no more although it has not expired; for those to whom that cannot happen, never.
    async fn withdrawn(&self, _viewer: &Viewer) {
        std::future::pending::<()>().await;
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

/// The viewer of a request with these headers.
pub(crate) async fn authenticate(authenticator: &dyn Authenticator, headers: &HeaderMap) -> Result<Viewer, RequestError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(Viewer::Anonymous) };
    if values.next().is_some() {
        return Err(RequestError::unauthenticated("more than one Authorization header"));
    }
    let text = value.to_str().map_err(|_| AuthenticationError::Invalid)?;
    authenticate_text(authenticator, text).await
}

/// The viewer of an `Authorization` value, from a header or a `connection_init` payload.
pub(crate) async fn authenticate_text(authenticator: &dyn Authenticator, text: &str) -> Result<Viewer, RequestError> {
    // RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1).
    let token = match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(RequestError::unauthenticated("Authorization must be `Bearer` and an access token")),
    };
    Ok(authenticator.authenticate(token).await?)
}
