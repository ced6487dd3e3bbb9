//! `polyphony serve NAME`: one service of an installation that runs as several processes.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use gateway::{Authenticator, EmbeddedOperationStore, Gateway, GatewayOptions, JwksAuthenticator, KeySource, RevocationSource, Revocations, SubgraphTarget};
use jsonwebtoken::jwk::JwkSet;
use kernel::id::SessionId;
use kernel::{PortError, Viewer};
use platform::chassis::{Service, announce, serve_context};
use platform::config::Environment;
use platform::viewer_token::{HEADER, ViewerTokens};
use platform::{Config, Platform};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::contexts::{SUBGRAPHS, ServiceName};
use crate::node;

/// How long `users` may take to say which sessions ended.
const ASKING: std::time::Duration = std::time::Duration::from_secs(2);

/// The supergraph this program was built with.
pub const SUPERGRAPH: &str = include_str!("../../../schema/supergraph.graphql");

/// The part of it that partners see.
pub const PARTNER: &str = include_str!("../../../schema/contracts/partner.graphql");
/// The trusted operations this program was built with.
const OPERATIONS: &str = include_str!("../../../schema/persisted-operations.json");

/// Runs one service until `stop`.
pub async fn serve(config: Config, name: ServiceName, stop: CancellationToken) -> anyhow::Result<()> {
    match name {
        ServiceName::Gateway => serve_gateway(config, stop).await?,
        ServiceName::Users => serve_context(config, "users", async |platform| users::start(platform).await.map(|users| users.context), stop).await?,
        ServiceName::Catalog => serve_context(config, "catalog", catalog::start, stop).await?,
        ServiceName::Playback => serve_context(config, "playback", playback::start, stop).await?,
        ServiceName::Notifications => serve_context(config, "notifications", notifications::start, stop).await?,
        ServiceName::Recommendations => serve_context(config, "recommendations", recommendations::start, stop).await?,
        ServiceName::Media => serve_context(config, "media", media_worker::start, stop).await?,
    }
    Ok(())
}

async fn serve_gateway(mut config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("the gateway cannot listen on {}", config.listen))?;
    config.listen = listener.local_addr()?;
    announce("gateway", &listener)?;
    let platform = Platform::open(config).await?;
    let source = RemoteRevocations {
        client: reqwest::Client::new(),
        url: format!("{}/internal/ended-sessions", address(&platform, "users")?),
        tokens: platform.viewer_tokens(),
    };
    let revocations = revocations(&platform, Arc::new(source));
    let gateway = Gateway::new(remote_gateway(&platform, revocations.clone(), stop.clone())?)?;
    tokio::spawn(revocations.keep(stop.clone()));
    Service::new(platform).with_router(gateway.router()).run(listener, stop).await?;
    Ok(())
}

fn remote_gateway(platform: &Platform, revocations: Arc<Revocations>, stop: CancellationToken) -> anyhow::Result<GatewayOptions> {
    let mut targets = HashMap::from([("node".to_owned(), SubgraphTarget::InProcess(node::subgraph()))]);
    for name in SUBGRAPHS {
        let url = address(platform, name.as_str())?;
        targets.insert(name.as_str().to_owned(), SubgraphTarget::http(&format!("{url}/graphql"))?);
    }
    let jwks = format!("{}/.well-known/jwks.json", address(platform, "users")?);
    let authenticator =
        JwksAuthenticator::new(Arc::new(RemoteKeys { client: reqwest::Client::new(), url: jwks }), platform.clock.clone()).with_revocations(revocations);
    Ok(gateway_options(platform, targets, Arc::new(authenticator), stop))
}

fn address<'p>(platform: &'p Platform, service: &str) -> anyhow::Result<&'p str> {
    platform
        .config
        .services
        .get(service)
        .map(|service| service.url.trim_end_matches('/'))
        .with_context(|| format!("the configuration has no services.{service}"))
}

/// What every gateway of this installation has in common.
pub(crate) fn gateway_options(
    platform: &Platform,
    subgraphs: HashMap<String, SubgraphTarget>,
    authenticator: Arc<dyn Authenticator>,
    stop: CancellationToken,
) -> GatewayOptions {
    let mut config = platform.config.gateway.clone();
    config.limits.report_cost &= platform.config.environment == Environment::Development;
    GatewayOptions {
        supergraph_sdl: SUPERGRAPH.to_owned(),
        partner_sdl: Some(PARTNER.to_owned()),
        subgraphs,
        authenticator,
        trusted_operations: Some(OPERATIONS.to_owned()),
        operation_store: Arc::new(EmbeddedOperationStore::new(platform.config.gateway.operations.automatic_max_bytes)),
        clock: platform.clock.clone(),
        viewer_tokens: platform.viewer_tokens(),
        config,
        stop,
    }
}

/// The list of ended sessions of `source`.
pub(crate) fn revocations(platform: &Platform, source: Arc<dyn RevocationSource>) -> Arc<Revocations> {
    let life = TimeDelta::seconds(platform.config.users.access_token_secs.into());
    Arc::new(Revocations::new(source, platform.clock.clone(), life))
}

/// The sessions of `users` in this very process.
pub(crate) struct LocalRevocations(pub(crate) Arc<dyn users::application::ports::SessionRepository>);

#[async_trait]
impl RevocationSource for LocalRevocations {
    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError> {
        self.0.ended_since(since).await
    }
}

/// The sessions of `users` in another process, which wants the proof that this is the gateway.
struct RemoteRevocations {
    client: reqwest::Client,
    url: String,
    tokens: ViewerTokens,
}

#[async_trait]
impl RevocationSource for RemoteRevocations {
    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError> {
        let token = self.tokens.sign(&Viewer::Anonymous).map_err(PortError::corrupt)?;
        let since = since.to_rfc3339_opts(SecondsFormat::Micros, true);
        let request = self.client.get(&self.url).query(&[("since", since)]).header(HEADER, token).timeout(ASKING);
        let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(PortError::unavailable)?;
        let ended: Vec<users::EndedSession> = response.json().await.map_err(PortError::corrupt)?;
        Ok(ended.into_iter().map(|ended| (ended.session_id, ended.ended_at)).collect())
    }
}

/// The signing keys of `users` in this very process.
pub(crate) struct LocalKeys(pub(crate) Arc<users::SigningKeys>);

#[async_trait]
impl KeySource for LocalKeys {
    async fn jwks(&self) -> Result<JwkSet, PortError> {
        self.0.jwks().await
    }
}

/// The key document of `users` in another process.
struct RemoteKeys {
    client: reqwest::Client,
    url: String,
}

#[async_trait]
impl KeySource for RemoteKeys {
    async fn jwks(&self) -> Result<JwkSet, PortError> {
        let response = self.client.get(&self.url).send().await.and_then(reqwest::Response::error_for_status).map_err(PortError::unavailable)?;
        response.json().await.map_err(PortError::corrupt)
    }
}
