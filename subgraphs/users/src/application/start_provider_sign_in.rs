//! A browser sets out to a provider of identities.
//!
//! All that is needed when it comes back travels with it, sealed, in a cookie: who only visits the start costs us no memory, and only
//! the browser that set out can come back (RFC 9700 §4.7: `state` bound to the browser, a nonce and PKCE besides).

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use kernel::{Clock, PortError, Randomness};
use platform::sealed::Sealer;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ports::identity::{Begin, IdentityProvider};
use crate::domain::identity::CodeChallenge;

/// How long a person may take at the provider.
pub const FLOW_LIFE: Duration = Duration::minutes(10);
/// What the cookie is sealed as.
pub(super) const CONTEXT: &[u8] = b"provider flow";

/// Why no browser sets out.
#[derive(Debug, thiserror::Error)]
pub enum StartProviderSignInError {
    /// The configuration has no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The configuration does not list it: nobody is led elsewhere by our name.
    #[error("return_to is not an address that this service returns to")]
    ReturnTo,
    /// It is no SHA-256 in base64url.
    #[error("code_challenge must be the SHA-256 of a verifier in base64url, without padding")]
    Challenge,
    /// A port failed.
    #[error("the provider cannot be used now")]
    Port(#[from] PortError),
}

/// What must come back with the browser.
#[derive(Serialize, Deserialize)]
pub(super) struct Flow {
    pub(super) provider: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) pkce_verifier: String,
    pub(super) return_to: String,
    pub(super) challenge: CodeChallenge,
    pub(super) expires_at: DateTime<Utc>,
}

/// Where a browser goes, and with what.
pub struct SetOut {
    /// The provider's page.
    pub url: Url,
    /// The flow, sealed.
    pub cookie: String,
}

/// The configured providers, and where they come back to.
#[derive(Clone)]
pub struct Providers {
    /// All.
    pub list: Arc<[Arc<dyn IdentityProvider>]>,
    /// Front ends that may be returned to, each a whole address.
    pub return_urls: Arc<[String]>,
    /// Where clients reach us, without a slash at its end.
    pub public_url: String,
}

impl Providers {
    /// The provider of that name.
    pub fn find(&self, id: &str) -> Option<&Arc<dyn IdentityProvider>> {
        self.list.iter().find(|provider| provider.id() == id)
    }

    /// Where a provider's browsers come back to.
    pub(super) fn redirect_uri(&self, id: &str) -> String {
        format!("{}/auth/{id}/callback", self.public_url)
    }

    /// Where a front end sends browsers to.
    pub fn start_url(&self, id: &str) -> String {
        format!("{}/auth/{id}/start", self.public_url)
    }
}

/// Sends browsers out.
pub struct StartProviderSignIn {
    pub(super) providers: Providers,
    pub(super) sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl StartProviderSignIn {
    /// The way to the provider `id`, and back to `return_to`, where whoever knows the verifier of `code_challenge` can end the sign-in.
    pub async fn run(&self, id: &str, return_to: &str, code_challenge: &str) -> Result<SetOut, StartProviderSignInError> {
        let provider = self.providers.find(id).ok_or(StartProviderSignInError::UnknownProvider)?;
        // Whole and exact (RFC 9700 §4.1.3): no prefix, no pattern, no parser that disagrees with the browser's.
        if !self.providers.return_urls.iter().any(|allowed| allowed == return_to) {
            return Err(StartProviderSignInError::ReturnTo);
        }
        let challenge = CodeChallenge::parse(code_challenge).ok_or(StartProviderSignInError::Challenge)?;
        let secret = || kernel::randomness::secret(&*self.randomness);
        let flow = Flow {
            provider: id.to_owned(),
            state: secret(),
            nonce: secret(),
            pkce_verifier: secret(),
            return_to: return_to.to_owned(),
            challenge,
            expires_at: self.clock.now() + FLOW_LIFE,
        };
        let redirect_uri = self.providers.redirect_uri(id);
        let begin = Begin { state: &flow.state, nonce: &flow.nonce, pkce_verifier: &flow.pkce_verifier, redirect_uri: &redirect_uri };
        let url = provider.authorize_url(&begin).await?;
        let plain = serde_json::to_vec(&flow).map_err(PortError::corrupt)?;
        Ok(SetOut { url, cookie: self.sealer.seal(&*self.randomness, CONTEXT, &plain) })
    }
}
