//! The providers that the configuration names.

use std::sync::Arc;

use kernel::{Clock, PortError};
use platform::config::{IdentityConfig, ProviderConfig};

use super::github::{GitHub, GitHubProvider};
use super::openid_connect::{Issuer, OpenIdConnectProvider};
use super::provider_http::ProviderHttp;
use crate::application::ports::identity::IdentityProvider;
use crate::application::start_provider_sign_in::Providers;

const GITHUB: &str = "https://github.com";
const GITHUB_API: &str = "https://api.github.com";

/// All of `config`; `Corrupt` when one cannot be used whatever it answers.
pub fn configured(config: &IdentityConfig, public_url: &str, clock: &Arc<dyn Clock>) -> Result<Providers, PortError> {
    let http = ProviderHttp::new()?;
    let mut list: Vec<Arc<dyn IdentityProvider>> = Vec::with_capacity(config.providers.len());
    for (id, provider) in &config.providers {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(PortError::corrupt(format!("users.identity.providers.{id}: a name has small letters, digits and hyphens")));
        }
        let id = id.clone();
        list.push(match provider.clone() {
            ProviderConfig::Oidc { name, issuer, client_id, client_secret } => {
                Arc::new(OpenIdConnectProvider::new(Issuer { id, name, url: issuer, client_id, client_secret }, http.clone(), clock.clone())?)
            }
            ProviderConfig::Github { name, client_id, client_secret, url, api_url } => {
                let or = |url: String, default: &str| if url.is_empty() { default.to_owned() } else { url.trim_end_matches('/').to_owned() };
                let github = GitHub { id, name, url: or(url, GITHUB), api_url: or(api_url, GITHUB_API), client_id, client_secret };
                Arc::new(GitHubProvider::new(github, http.clone())?)
            }
        });
    }
    Ok(Providers { list: list.into(), return_urls: config.return_urls.clone().into(), public_url: public_url.to_owned() })
}
