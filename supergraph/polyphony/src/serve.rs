//! `polyphony serve NAME`: one service of an installation that runs as several processes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use gateway::{
    ApiKeySource, Authenticator, Contract, EmbeddedOperationStore, Gateway, GatewayOptions, JwksAuthenticator, KeySource, Peers, RemoteKeys, RevocationSource,
    Revocations, SubgraphTarget, UsageReports,
};
use jsonwebtoken::jwk::JwkSet;
use kernel::id::SessionId;
use kernel::{PortError, Viewer};
use platform::api_key::{self, KeyAnswer, KeyQuestions};
use platform::chassis::{Service, announce, serve_context};
use platform::config::Environment;
use platform::context::Task;
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

/// How long an answer about an API key may take; a request waits for it.
const KEY_PATIENCE: Duration = Duration::from_secs(3);

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
    with_gateway(Service::new(platform.clone()), &platform, &gateway).run(listener, stop).await?;
    Ok(())
}

/// `service` with the gateway's routes and loops.
pub(crate) fn with_gateway(service: Service, platform: &Platform, gateway: &Gateway) -> Service {
    let files = &platform.config.gateway.supergraph;
    [(Contract::Whole, &files.file), (Contract::Partner, &files.partner_file)]
        .into_iter()
        .filter(|(_, file)| !file.as_os_str().is_empty())
        .map(|(contract, file)| gateway.reload_task(contract, gateway.watch(contract, file)))
        .chain(gateway.tasks())
        .chain([entity_events(platform, gateway)])
        .fold(service.with_router(gateway.router()).with_check(Arc::new(gateway.clone())), Service::with_task)
}

/// Entities that the gateway keeps are forgotten when they change.
fn entity_events(platform: &Platform, gateway: &Gateway) -> Task {
    let (bus, gateway) = (platform.bus.clone(), gateway.clone());
    Task::new("gateway.entities", move |stop| gateway.follow(bus.tail(Gateway::ENTITY_EVENTS), stop))
}

fn remote_gateway(platform: &Platform, revocations: Arc<Revocations>, stop: CancellationToken) -> anyhow::Result<GatewayOptions> {
    let mut targets = HashMap::from([("node".to_owned(), SubgraphTarget::InProcess(node::subgraph()))]);
    for name in SUBGRAPHS {
        let url = address(platform, name.as_str())?;
        targets.insert(name.as_str().to_owned(), SubgraphTarget::http(&format!("{url}/graphql"))?);
    }
    let jwks = format!("{}/.well-known/jwks.json", address(platform, "users")?).parse().context("services.users.url is no URL")?;
    let authenticator = JwksAuthenticator::new(Arc::new(RemoteKeys::new(jwks)), platform.clock.clone()).with_revocations(revocations);
    let api_keys =
        RemoteApiKeys { client: reqwest::Client::new(), url: format!("{}{}", address(platform, "users")?, api_key::PATH), questions: platform.key_questions() };
    gateway_options(platform, targets, Arc::new(authenticator), Arc::new(api_keys), stop)
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
    api_keys: Arc<dyn ApiKeySource>,
    stop: CancellationToken,
) -> anyhow::Result<GatewayOptions> {
    let mut config = platform.config.gateway.clone();
    config.limits.report_cost &= platform.config.environment == Environment::Development;
    let files = &config.supergraph;
    Ok(GatewayOptions {
        supergraph_sdl: or_built_in(&files.file, SUPERGRAPH)?,
        partner_sdl: Some(or_built_in(&files.partner_file, PARTNER)?),
        subgraphs,
        authenticator,
        api_keys: Some(api_keys),
        rate_limiter: Some(platform.rate_limiter.clone()),
        usage_reports: Some(UsageReports { bus: platform.bus.clone(), events: platform.events("gateway") }),
        trusted_operations: Some(OPERATIONS.to_owned()),
        operation_store: Arc::new(EmbeddedOperationStore::new(platform.config.gateway.operations.automatic_max_bytes)),
        clock: platform.clock.clone(),
        peers: Peers::Polyphony(platform.viewer_tokens()),
        config,
        stop,
    })
}

fn or_built_in(file: &Path, built_in: &str) -> anyhow::Result<String> {
    if file.as_os_str().is_empty() {
        return Ok(built_in.to_owned());
    }
    std::fs::read_to_string(file).with_context(|| format!("the supergraph {} cannot be read", file.display()))
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

/// The API keys of `users` in this very process.
pub(crate) struct LocalApiKeys(pub(crate) users::ApiKeys);

#[async_trait]
impl ApiKeySource for LocalApiKeys {
    async fn verify(&self, hash: &str) -> Result<KeyAnswer, PortError> {
        self.0.verify(hash).await
    }
}

/// The API keys of `users` in another process.
struct RemoteApiKeys {
    client: reqwest::Client,
    url: String,
    questions: KeyQuestions,
}

#[async_trait]
impl ApiKeySource for RemoteApiKeys {
    async fn verify(&self, hash: &str) -> Result<KeyAnswer, PortError> {
        let question = self.questions.sign(hash).map_err(PortError::corrupt)?;
        let answer = self.client.get(&self.url).header(api_key::HEADER, question).timeout(KEY_PATIENCE).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status).map_err(PortError::unavailable)?;
        answer.json().await.map_err(PortError::corrupt)
    }
}
