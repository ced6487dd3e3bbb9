//! A browser comes back from a provider of identities. Who it is, is kept under a code that goes to the front end; the front end ends
//! the sign-in with it, so that no token ever stands in an address.

use std::sync::Arc;

use chrono::Duration;
use kernel::{Clock, PortError, Randomness};
use platform::sealed::Sealer;
use sha2::{Digest as _, Sha256};

use super::ports::identity::{Begin, FlowRepository, IdentifyError, Returned};
use super::start_provider_sign_in::{CONTEXT, Flow, Providers};
use crate::domain::identity::FlowCode;

/// How long the front end may take: it is a page that loads.
const CODE_LIFE: Duration = Duration::minutes(2);

/// Why a browser goes nowhere.
#[derive(Debug, thiserror::Error)]
pub enum ReturnFromProviderError {
    /// It did not set out from here, or too long ago, or it was here before.
    #[error("this sign-in was not begun in this browser, took too long, or was ended already; begin again")]
    Mismatch,
    /// A port failed.
    #[error("the sign-in cannot be kept")]
    Port(#[from] PortError),
}

/// What the provider had the browser bring.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// What it set out with.
    pub state: Option<String>,
    /// To be traded for who it is.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// Who says so.
    pub issuer: Option<String>,
}

/// Takes browsers back.
pub struct ReturnFromProvider {
    pub(super) providers: Providers,
    pub(super) flows: Arc<dyn FlowRepository>,
    pub(super) sealer: Sealer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl ReturnFromProvider {
    /// Where the browser goes now: to the front end that it set out from, with `code` or `error` in the fragment.
    pub async fn run(&self, id: &str, cookie: Option<&str>, brought: Brought) -> Result<String, ReturnFromProviderError> {
        let flow = self.flow(id, cookie, brought.state.as_deref()).ok_or(ReturnFromProviderError::Mismatch)?;
        // Used up before anything is asked: of two that come back with the same, one goes on. Its name keeps it apart from codes.
        let state = format!("state:{}", hex::encode(Sha256::digest(&flow.state)));
        if !self.flows.use_state(&state, flow.expires_at).await? {
            return Err(ReturnFromProviderError::Mismatch);
        }
        let outcome = match (brought.error, brought.code) {
            (None, Some(code)) => self.identify(&flow, &code, brought.issuer.as_deref()).await?,
            (error, _) => {
                tracing::info!(provider = id, error = error.as_deref().map(|text| text.chars().take(100).collect::<String>()), "a provider signed nobody in");
                "error=denied".to_owned()
            }
        };
        Ok(format!("{}#{outcome}", flow.return_to))
    }

    fn flow(&self, id: &str, cookie: Option<&str>, state: Option<&str>) -> Option<Flow> {
        let plain = self.sealer.open(CONTEXT, cookie?).ok()?;
        let flow: Flow = serde_json::from_slice(&plain).ok()?;
        (flow.provider == id && state == Some(&flow.state) && self.clock.now() < flow.expires_at).then_some(flow)
    }

    async fn identify(&self, flow: &Flow, code: &str, issuer: Option<&str>) -> Result<String, ReturnFromProviderError> {
        let Some(provider) = self.providers.find(&flow.provider) else { return Err(ReturnFromProviderError::Mismatch) };
        let redirect_uri = self.providers.redirect_uri(&flow.provider);
        let begin = Begin { state: &flow.state, nonce: &flow.nonce, pkce_verifier: &flow.pkce_verifier, redirect_uri: &redirect_uri };
        match provider.identify(&Returned { code, begin, issuer }).await {
            Ok(identity) => {
                let fresh = FlowCode::generate(&*self.randomness);
                self.flows.keep(&fresh.hash(), &flow.challenge, &identity, self.clock.now() + CODE_LIFE).await?;
                Ok(format!("code={}", fresh.as_str()))
            }
            Err(IdentifyError::Refused(why)) => {
                tracing::warn!(provider = flow.provider, why, "a provider's answer proves nothing");
                Ok("error=refused".to_owned())
            }
            Err(IdentifyError::Port(error)) => {
                tracing::warn!(provider = flow.provider, error = &error as &dyn std::error::Error, "a provider cannot be used");
                Ok("error=unavailable".to_owned())
            }
        }
    }
}
