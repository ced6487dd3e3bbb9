//! The command line of the gateway by itself, and which code it ends with.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::HeaderName;
use axum::http::header::AUTHORIZATION;
use clap::Parser;
use gateway::{
    AuthenticationError, Authenticator, Contract, EmbeddedOperationStore, ForeignTokens, Gateway, GatewayOptions, LoadError, Peers, Proof, RemoteKeys,
    SubgraphTarget,
};
use kernel::{Clock, IdGenerator, OsRandomness, SystemClock, Viewer};
use platform::chassis::{Server, announce, stop_on_signal};
use platform::config::ConfigError;
use platform::rate_limiter::{EmbeddedRateLimiter, RateLimiter};
use platform::{Config, telemetry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Payers whose spending is remembered at once.
const PAYERS: u64 = 100_000;

/// Wrong arguments, configuration or supergraph, by the convention of clap and most tools.
const BAD_USAGE: u8 = 2;

/// A GraphQL gateway for any supergraph of federation 2.
///
/// Serves the supergraph at /graphql (HTTP and graphql-transport-ws), an explorer at /, /health/live, /health/ready and
/// /metrics. The file is followed: a new supergraph is served without a restart, a broken one refused with a log line.
///
/// Exit codes: 0 stopped by a signal, 1 failed, 2 wrong arguments, configuration or supergraph.
#[derive(Parser)]
#[command(name = "gateway", version, max_term_width = 100)]
pub(crate) struct Options {
    /// The composed supergraph.
    #[arg(long, env = "GATEWAY_SUPERGRAPH", value_name = "FILE")]
    supergraph: PathBuf,
    /// Where to listen.
    #[arg(long, env = "GATEWAY_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    /// Where a subgraph is, if not at the address that the supergraph names; for several give it several times.
    #[arg(long = "subgraph", value_name = "NAME=URL", value_parser = subgraph)]
    subgraphs: Vec<(String, SubgraphTarget)>,
    /// A header of clients that is passed on to subgraphs; for several give it several times. None is passed on unasked.
    ///
    /// With `authorization` and no key set, tokens are the subgraphs' business and the gateway does not look at them.
    #[arg(long = "forward-header", value_name = "NAME")]
    forward_headers: Vec<HeaderName>,
    /// The key set (JWKS) of whoever issues access tokens; a token is then verified, and one that proves nothing is an error.
    ///
    /// Without it everybody is anonymous, and a token is an error unless it is forwarded.
    #[arg(long, env = "GATEWAY_JWKS_URL", value_name = "URL")]
    jwks_url: Option<Url>,
    /// The `iss` that tokens must have.
    #[arg(long, env = "GATEWAY_ISSUER", requires = "jwks_url", value_name = "TEXT")]
    issuer: Option<String>,
    /// The `aud` that tokens must have.
    #[arg(long, env = "GATEWAY_AUDIENCE", requires = "jwks_url", value_name = "TEXT")]
    audience: Option<String>,
    /// Limits, log, traces and drain: a configuration file as `polyphony config` prints it, of which only the sections log,
    /// telemetry and gateway and the drain are read.
    #[arg(long, env = "POLYPHONY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

fn subgraph(text: &str) -> Result<(String, SubgraphTarget), String> {
    let (name, url) = text.split_once('=').ok_or("expected NAME=URL")?;
    let target = SubgraphTarget::http(url).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), target))
}

/// The gateway cannot run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the supergraph {file} cannot be read: {source}")]
    Unreadable { file: String, source: std::io::Error },
    #[error("{file}: {source}")]
    Supergraph { file: String, source: LoadError },
    #[error("the supergraph has no subgraph {0}")]
    NoSuchSubgraph(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the operating system refused: {0}")]
    Io(#[from] std::io::Error),
}

impl Failure {
    const fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Unreadable { .. } | Self::Supergraph { .. } | Self::NoSuchSubgraph(_) => BAD_USAGE,
            Self::Listen { .. } | Self::Io(_) => 1,
        }
    }
}

/// Serves until a signal.
pub(crate) fn run(options: &Options) -> ExitCode {
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure);
            ExitCode::from(failure.code())
        }
    }
}

#[expect(clippy::print_stderr, reason = "for whoever starts the program, before and after there is a log")]
fn tell(failure: &Failure) {
    eprintln!("gateway: {failure}");
}

fn start(options: &Options) -> Result<(), Failure> {
    let config = Config::load(options.config.as_deref())?;
    let _telemetry = telemetry::init(&config, "gateway")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { serve(options, config, stop_on_signal()?).await })
}

async fn serve(options: &Options, mut config: Config, stop: CancellationToken) -> Result<(), Failure> {
    // Where another router stood, nobody expects more than the answer.
    config.gateway.limits.report_cost &= options.config.is_some();
    let sdl = read(&options.supergraph)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (http, drain, notice) = (config.http.clone(), config.drain(), config.drain_notice());
    let gateway = Gateway::new(GatewayOptions {
        supergraph_sdl: sdl,
        partner_sdl: None,
        subgraphs: options.subgraphs.iter().cloned().collect::<HashMap<_, _>>(),
        authenticator: authenticator(options, &clock),
        api_keys: None,
        // Nobody who only put it where another router stood expects a quota.
        rate_limiter: options.config.as_ref().map(|_| Arc::new(EmbeddedRateLimiter::new(clock.clone(), PAYERS)) as Arc<dyn RateLimiter>),
        usage_reports: None,
        trusted_operations: None,
        operation_store: Arc::new(EmbeddedOperationStore::new(config.gateway.operations.automatic_max_bytes)),
        clock: clock.clone(),
        peers: Peers::Foreign { forward: options.forward_headers.clone() },
        config: config.gateway,
        stop: stop.clone(),
    })
    .map_err(|source| Failure::Supergraph { file: options.supergraph.display().to_string(), source })?;
    if let Some((unknown, _)) = options.subgraphs.iter().find(|(name, _)| !gateway.has_subgraph(name)) {
        return Err(Failure::NoSuchSubgraph(unknown.clone()));
    }
    let listener = TcpListener::bind(options.listen).await.map_err(|source| Failure::Listen { address: options.listen, source })?;
    announce("gateway", &listener)?;
    let server = Server::new(IdGenerator::new(clock, Arc::new(OsRandomness)), http, drain)
        .with_notice(notice)
        .with_router(gateway.router())
        .with_check(Arc::new(gateway.clone()))
        .with_task(gateway.reload_task(Contract::Whole, gateway.watch(Contract::Whole, &options.supergraph)));
    Ok(server.run(listener, stop).await?)
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|source| Failure::Unreadable { file: file.display().to_string(), source })
}

fn authenticator(options: &Options, clock: &Arc<dyn Clock>) -> Arc<dyn Authenticator> {
    if let Some(url) = &options.jwks_url {
        let keys = Arc::new(RemoteKeys::new(url.clone()));
        return Arc::new(ForeignTokens::new(keys, clock.clone(), options.issuer.clone(), options.audience.clone()));
    }
    if options.forward_headers.contains(&AUTHORIZATION) { Arc::new(SubgraphsDecide) } else { Arc::new(NoTokens) }
}

/// Tokens go to the subgraphs as they came; to the gateway everybody is anonymous.
struct SubgraphsDecide;

#[async_trait]
impl Authenticator for SubgraphsDecide {
    async fn authenticate(&self, _: &str) -> Result<Proof, AuthenticationError> {
        Ok(Viewer::Anonymous.into())
    }
}

/// Nobody verifies tokens, so one is refused: its sender would take the answer for a signed-in person's.
struct NoTokens;

#[async_trait]
impl Authenticator for NoTokens {
    async fn authenticate(&self, _: &str) -> Result<Proof, AuthenticationError> {
        Err(AuthenticationError::Invalid)
    }
}
