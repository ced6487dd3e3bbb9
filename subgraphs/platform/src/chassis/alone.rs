//! One context as a service of its own.

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Service, subgraph_router};
use crate::config::{Config, ServiceConfig};
use crate::context::Context;
use crate::platform::{OpenError, Platform};
use crate::telemetry;

/// The `main` of a context's own program: configuration from the file that `POLYPHONY_CONFIG` names and the environment, the
/// context at its own address, stopped by a signal. Exit codes: 0 stopped as asked, 1 failed, 2 wrong configuration.
pub fn main<F>(name: &'static str, start: F) -> ExitCode
where
    F: AsyncFnOnce(&Platform) -> Result<Context, OpenError>,
{
    let file = std::env::var_os("POLYPHONY_CONFIG").map(PathBuf::from);
    let (config, _telemetry) = match Config::load(file.as_deref()).and_then(|config| telemetry::init(&config, name).map(|telemetry| (config, telemetry))) {
        Ok(started) => started,
        Err(error) => {
            tell(name, &error);
            return ExitCode::from(2);
        }
    };
    let ran = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::from)
        .and_then(|runtime| runtime.block_on(async { serve_context(config, name, start, stop_on_signal()?).await }));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(name, &error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "for whoever starts the program, before and after there is a log")]
fn tell(name: &str, error: &(dyn std::error::Error + 'static)) {
    let causes: Vec<_> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    eprintln!("{name}: {}", causes.join(": "));
}

/// A service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration names no address for it.
    #[error("the configuration has no services.{0}")]
    NoAddress(&'static str),
    /// Its address cannot be taken.
    #[error("{name} cannot listen on {address}")]
    Listen {
        /// Which service.
        name: &'static str,
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Its context or a driver cannot start.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The machine refused something.
    #[error("the operating system refused")]
    Io(#[from] std::io::Error),
}

/// Runs one context at `services.<name>.listen`: its subgraph behind viewer tokens at `/graphql`, its own routes beside it.
pub async fn serve_context<F>(mut config: Config, name: &'static str, start: F, stop: CancellationToken) -> Result<(), ServeError>
where
    F: AsyncFnOnce(&Platform) -> Result<Context, OpenError>,
{
    let ServiceConfig { listen, url } = config.services.get(name).cloned().ok_or(ServeError::NoAddress(name))?;
    if config.public_url.is_empty() {
        // No proxy in front of all services: addresses in answers lead to this one.
        config.public_url = url;
    }
    let listener = TcpListener::bind(listen).await.map_err(|source| ServeError::Listen { name, address: listen, source })?;
    announce(name, &listener)?;
    let platform = Platform::open(config).await?;
    let context = start(&platform).await?;
    let graphql = context.subgraph.clone().map(|subgraph| subgraph_router(subgraph, platform.viewer_tokens())).unwrap_or_default();
    Ok(Service::new(platform).with_context(context).with_router(graphql).run(listener, stop).await?)
}

/// Tells whoever started the service, or the program that did, where it listens.
#[expect(clippy::print_stdout, reason = "the one line a supervisor or a test reads, whatever the log's form")]
pub fn announce(name: &str, listener: &TcpListener) -> std::io::Result<()> {
    println!("Polyphony {name} listens on http://{}", listener.local_addr()?);
    Ok(())
}

/// Cancelled by Ctrl-C or by the terminate signal of a supervisor; the second signal ends the process at once.
pub fn stop_on_signal() -> std::io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping; a second signal stops at once");
        token.cancel();
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(130);
    });
    Ok(stop)
}
