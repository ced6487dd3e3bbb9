//! GitHub, which speaks OAuth 2.0 (RFC 6749) with PKCE and tells who somebody is by its own interface: `/user` and `/user/emails`.

use async_trait::async_trait;
use kernel::PortError;
use oauth2::basic::BasicClient;
use oauth2::http::header::{ACCEPT, AUTHORIZATION};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::provider_http::ProviderHttp;
use crate::application::ports::identity::{Begin, IdentifyError, IdentityProvider, Returned};
use crate::domain::identity::ForeignIdentity;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What the configuration says of a GitHub.
#[derive(Clone)]
pub struct GitHub {
    /// Its name in addresses and in the store.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where people sign in, without a slash at its end.
    pub url: String,
    /// Where programs ask, without a slash at its end.
    pub api_url: String,
    /// Who we are there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: String,
}

#[derive(Deserialize)]
struct Account {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// [`IdentityProvider`] by GitHub.
pub struct GitHubProvider {
    github: GitHub,
    client: Client,
    http: ProviderHttp,
}

impl GitHubProvider {
    /// The provider.
    pub fn new(github: GitHub, http: ProviderHttp) -> Result<Self, PortError> {
        let client = BasicClient::new(ClientId::new(github.client_id.clone()))
            .set_client_secret(ClientSecret::new(github.client_secret.clone()))
            // GitHub documents the secret in the body alone.
            .set_auth_type(oauth2::AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(format!("{}/login/oauth/authorize", github.url)).map_err(PortError::corrupt)?)
            .set_token_uri(TokenUrl::new(format!("{}/login/oauth/access_token", github.url)).map_err(PortError::corrupt)?);
        Ok(Self { github, client, http })
    }

    fn client(&self, redirect_uri: &str) -> Result<Client, PortError> {
        Ok(self.client.clone().set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).map_err(PortError::corrupt)?))
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, token: &str) -> Result<T, IdentifyError> {
        let request = oauth2::http::Request::get(format!("{}{path}", self.github.api_url))
            .header(ACCEPT, "application/vnd.github+json")
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Vec::new())
            .map_err(PortError::corrupt)?;
        let response = self.http.send(request).await.map_err(PortError::unavailable)?;
        if !response.status().is_success() {
            return Err(IdentifyError::Refused(format!("{path} answered {}", response.status())));
        }
        serde_json::from_slice(response.body()).map_err(|error| IdentifyError::Refused(format!("{path}: {error}")))
    }
}

#[async_trait]
impl IdentityProvider for GitHubProvider {
    fn id(&self) -> &str {
        &self.github.id
    }

    fn name(&self) -> &str {
        &self.github.name
    }

    async fn authorize_url(&self, begin: &Begin<'_>) -> Result<Url, PortError> {
        let client = self.client(begin.redirect_uri)?;
        let verifier = PkceCodeVerifier::new(begin.pkce_verifier.to_owned());
        let state = begin.state.to_owned();
        let (url, _) = client
            .authorize_url(move || CsrfToken::new(state))
            .add_scope(Scope::new("read:user".to_owned()))
            .add_scope(Scope::new("user:email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    async fn identify(&self, returned: &Returned<'_>) -> Result<ForeignIdentity, IdentifyError> {
        let client = self.client(returned.begin.redirect_uri)?;
        let request = client.exchange_code(AuthorizationCode::new(returned.code.to_owned()));
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(returned.begin.pkce_verifier.to_owned()));
        let tokens = request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::Request(error) => IdentifyError::Port(PortError::unavailable(error)),
            other => IdentifyError::Refused(other.to_string()),
        })?;
        let token = tokens.access_token().secret();
        let account: Account = self.ask("/user", token).await?;
        // The address of the profile is a text that anybody may have typed; only this list tells what was verified.
        let addresses: Vec<Address> = self.ask("/user/emails", token).await?;
        let address = addresses.iter().find(|address| address.primary && address.verified).or_else(|| addresses.iter().find(|address| address.primary));
        Ok(ForeignIdentity {
            provider: self.github.id.clone(),
            // The login can change and go to another; the number cannot.
            subject: account.id.to_string(),
            email: address.map(|address| address.email.clone()),
            email_verified: address.is_some_and(|address| address.verified),
            username: Some(account.login),
            name: account.name,
        })
    }
}
