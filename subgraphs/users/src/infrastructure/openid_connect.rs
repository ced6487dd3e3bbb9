//! Any issuer that speaks OpenID Connect (Core 1.0, Discovery 1.0): Google, Keycloak, Entra and many more.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use kernel::{Clock, PortError};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndUserEmail, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
};
use tokio::sync::Mutex;
use url::Url;

use super::provider_http::ProviderHttp;
use crate::application::ports::identity::{Begin, IdentifyError, IdentityProvider, Returned};
use crate::domain::identity::ForeignIdentity;

/// How long what discovery found is relied on; a key that is unknown then is looked for at once.
const METADATA_LIFE: Duration = Duration::minutes(10);
/// How often at most it is looked for because an answer did not verify: a stranger must not make us ask without end.
const METADATA_PAUSE: Duration = Duration::seconds(30);

/// Signatures by a private key alone. Not `none`, and nothing keyed by the client's secret, whatever the issuer lists.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 6] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What the configuration says of an issuer.
#[derive(Clone)]
pub struct Issuer {
    /// Its name in addresses and in the store.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its address, exactly as it names itself.
    pub url: String,
    /// Who we are there.
    pub client_id: String,
    /// What proves it.
    pub client_secret: String,
}

struct Discovered {
    metadata: CoreProviderMetadata,
    at: DateTime<Utc>,
}

/// [`IdentityProvider`] over OpenID Connect.
pub struct OpenIdConnectProvider {
    issuer: Issuer,
    issuer_url: IssuerUrl,
    http: ProviderHttp,
    clock: Arc<dyn Clock>,
    discovered: Mutex<Option<Discovered>>,
}

impl OpenIdConnectProvider {
    /// The provider; nothing is asked of it yet, for it may be down while we start.
    pub fn new(issuer: Issuer, http: ProviderHttp, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        let issuer_url = IssuerUrl::new(issuer.url.clone()).map_err(PortError::corrupt)?;
        Ok(Self { issuer, issuer_url, http, clock, discovered: Mutex::new(None) })
    }

    /// What the issuer says of itself, not older than `life`.
    async fn metadata(&self, life: Duration) -> Result<CoreProviderMetadata, PortError> {
        // Held while asking: of many who come at once, one asks.
        let mut discovered = self.discovered.lock().await;
        let now = self.clock.now();
        if let Some(known) = discovered.as_ref().filter(|known| now - known.at < life) {
            return Ok(known.metadata.clone());
        }
        let metadata = CoreProviderMetadata::discover_async(self.issuer_url.clone(), &self.http).await.map_err(PortError::unavailable)?;
        *discovered = Some(Discovered { metadata: metadata.clone(), at: now });
        Ok(metadata)
    }

    fn client(&self, metadata: CoreProviderMetadata, redirect_uri: &str) -> Result<Client, PortError> {
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(PortError::corrupt)?;
        let (id, secret) = (ClientId::new(self.issuer.client_id.clone()), ClientSecret::new(self.issuer.client_secret.clone()));
        // The first of the two ways that it lists; some list both and take one.
        let ways = metadata.token_endpoint_auth_methods_supported().into_iter().flatten();
        let first = ways.into_iter().find(|way| matches!(way, CoreClientAuthMethod::ClientSecretBasic | CoreClientAuthMethod::ClientSecretPost));
        let way = if first == Some(&CoreClientAuthMethod::ClientSecretPost) { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect).set_auth_type(way))
    }

    fn verifier<'c>(&self, client: &'c Client) -> CoreIdTokenVerifier<'c> {
        let clock = self.clock.clone();
        client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || clock.now())
    }

    fn foreign(&self, subject: &str, claims: &Claims) -> ForeignIdentity {
        ForeignIdentity {
            provider: self.issuer.id.clone(),
            subject: subject.to_owned(),
            email: claims.email.as_ref().map(|email| email.to_string()),
            email_verified: claims.email_verified,
            username: claims.username.clone(),
            name: claims.name.clone(),
        }
    }
}

/// What an ID token and the user info endpoint both may say.
struct Claims {
    email: Option<EndUserEmail>,
    email_verified: bool,
    username: Option<String>,
    name: Option<String>,
}

macro_rules! claims {
    ($said:expr) => {
        Claims {
            email: $said.email().cloned(),
            email_verified: $said.email_verified().unwrap_or(false),
            username: $said.preferred_username().map(|name| name.to_string()),
            name: $said.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        }
    };
}

#[async_trait]
impl IdentityProvider for OpenIdConnectProvider {
    fn id(&self) -> &str {
        &self.issuer.id
    }

    fn name(&self) -> &str {
        &self.issuer.name
    }

    async fn authorize_url(&self, begin: &Begin<'_>) -> Result<Url, PortError> {
        let client = self.client(self.metadata(METADATA_LIFE).await?, begin.redirect_uri)?;
        let verifier = PkceCodeVerifier::new(begin.pkce_verifier.to_owned());
        let (state, nonce) = (begin.state.to_owned(), begin.nonce.to_owned());
        let (url, ..) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || CsrfToken::new(state), move || Nonce::new(nonce))
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    async fn identify(&self, returned: &Returned<'_>) -> Result<ForeignIdentity, IdentifyError> {
        // RFC 9207 §2.4: an answer of another issuer is not ours to trade.
        if returned.issuer.is_some_and(|issuer| issuer.trim_end_matches('/') != self.issuer.url.trim_end_matches('/')) {
            return Err(IdentifyError::Refused("the answer is another issuer's".to_owned()));
        }
        let mut client = self.client(self.metadata(METADATA_LIFE).await?, returned.begin.redirect_uri)?;
        let request = client.exchange_code(AuthorizationCode::new(returned.code.to_owned())).map_err(PortError::corrupt)?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(returned.begin.pkce_verifier.to_owned()));
        let tokens = request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::Request(error) => IdentifyError::Port(PortError::unavailable(error)),
            RequestTokenError::ServerResponse(error) => IdentifyError::Refused(error.to_string()),
            other => IdentifyError::Refused(other.to_string()),
        })?;
        let id_token = tokens.id_token().ok_or_else(|| IdentifyError::Refused("there is no ID token".to_owned()))?;
        let nonce = Nonce::new(returned.begin.nonce.to_owned());
        let verified = id_token.claims(&self.verifier(&client), &nonce).cloned();
        let verified = match verified {
            Ok(claims) => claims,
            // Perhaps it is signed by a key that is newer than what we know.
            Err(_) => {
                client = self.client(self.metadata(METADATA_PAUSE).await?, returned.begin.redirect_uri)?;
                let again = id_token.claims(&self.verifier(&client), &nonce).cloned();
                again.map_err(|error| IdentifyError::Refused(error.to_string()))?
            }
        };
        let subject = verified.subject();
        if verified.email().is_some() || client.user_info_url().is_none() {
            return Ok(self.foreign(subject, &claims!(verified)));
        }
        // Core 1.0 §5.4: with an access token at hand, an issuer may tell the address there alone. The subject must be the same.
        let request = client.user_info(tokens.access_token().clone(), Some(subject.clone())).map_err(PortError::corrupt)?;
        let said: CoreUserInfoClaims = request.request_async(&self.http).await.map_err(|error| IdentifyError::Refused(error.to_string()))?;
        Ok(self.foreign(subject, &claims!(said)))
    }
}
