//! `polyphony serve NAME`: one service of an installation that runs as several processes.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use gateway::{Authenticator, Gateway, GatewayOptions, JwksAuthenticator, KeySource, SubgraphTarget};
use jsonwebtoken::jwk::JwkSet;
use kernel::PortError;
use platform::chassis::{Service, announce, serve_context};
use platform::{Config, Platform};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::contexts::{SUBGRAPHS, ServiceName};
use crate::node;

/// The supergraph this program was built with.
pub const SUPERGRAPH: &str = include_str!("../../../schema/supergraph.graphql");

/// Runs one service until `stop`.
pub async fn serve(config: Config, name: ServiceName, stop: CancellationToken) -> anyhow::Result<()> {
    match name {
        ServiceName::Gateway => serve_gateway(config, stop).await?,
        ServiceName::Users => serve_context(config, "users", async |platform| users::start(platform).await.map(|users| users.context), stop).await?,
        ServiceName::Catalog => serve_context(config, "catalog", catalog::start, stop).await?,
        ServiceName::Playback => serve_context(config, "playback", playback::start, stop).await?,
        ServiceName::Media => serve_context(config, "media", media_worker::start, stop).await?,
    }
    Ok(())
}

async fn serve_gateway(mut config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("the gateway cannot listen on {}", config.listen))?;
    config.listen = listener.local_addr()?;
    announce("gateway", &listener)?;
    let platform = Platform::open(config).await?;
    let gateway = Gateway::new(remote_gateway(&platform, stop.clone())?)?;
    Service::new(platform).with_router(gateway.router()).run(listener, stop).await?;
    Ok(())
}

fn remote_gateway(platform: &Platform, stop: CancellationToken) -> anyhow::Result<GatewayOptions> {
    let mut targets = HashMap::from([("node".to_owned(), SubgraphTarget::InProcess(node::subgraph()))]);
    for name in SUBGRAPHS {
        let url = address(platform, name.as_str())?;
        targets.insert(name.as_str().to_owned(), SubgraphTarget::http(&format!("{url}/graphql"))?);
    }
    let jwks = format!("{}/.well-known/jwks.json", address(platform, "users")?);
    let authenticator = JwksAuthenticator::new(Arc::new(RemoteKeys { client: reqwest::Client::new(), url: jwks }), platform.clock.clone());
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
    GatewayOptions {
        supergraph_sdl: SUPERGRAPH.to_owned(),
        subgraphs,
        authenticator,
        clock: platform.clock.clone(),
        viewer_tokens: platform.viewer_tokens(),
        config: platform.config.gateway.clone(),
        stop,
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
