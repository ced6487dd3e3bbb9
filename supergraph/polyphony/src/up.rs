//! `polyphony up`: everything in one process, subgraphs called without HTTP.

use std::sync::Arc;

use anyhow::Context as _;
use gateway::{Gateway, JwksAuthenticator, SubgraphTarget};
use platform::chassis::Service;
use platform::config::Environment;
use platform::{Config, Platform};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{contexts, demo, node, serve};

/// Runs until `stop`. Binds before anything else, so that a taken port is told at once and port 0 becomes a real one.
pub async fn up(mut config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {} (POLYPHONY_LISTEN moves it)", config.listen))?;
    config.listen = listener.local_addr()?;
    let platform = Platform::open(config).await?;
    let (users, others) = contexts::start_all(&platform).await?;
    let demo = if platform.config.environment == Environment::Development { Some(demo::ensure_demo_account(&platform, &users).await?) } else { None };

    let in_process = [&users.context].into_iter().chain(&others).filter_map(|context| context.subgraph.clone()).chain([node::subgraph()]);
    let targets = in_process.map(|subgraph| (subgraph.name().to_owned(), SubgraphTarget::InProcess(subgraph))).collect();
    let revocations = serve::revocations(&platform, Arc::new(serve::LocalRevocations(users.sessions.clone())));
    let authenticator = JwksAuthenticator::new(Arc::new(serve::LocalKeys(users.keys.clone())), platform.clock.clone()).with_revocations(revocations.clone());
    let api_keys = Arc::new(serve::LocalApiKeys(users.api_keys.clone()));
    let gateway = Gateway::new(serve::gateway_options(&platform, targets, Arc::new(authenticator), api_keys, stop.clone())?)?;

    tokio::spawn(revocations.keep(stop.clone()));
    greet(&platform, demo.as_ref());
    let service = others.into_iter().fold(Service::new(platform.clone()).with_context(users.context), Service::with_context);
    serve::with_gateway(service, &platform, &gateway).run(listener, stop).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what a person who starts Polyphony wants to see first")]
fn greet(platform: &Platform, demo: Option<&demo::Credentials>) {
    let url = platform.config.public_url();
    println!("Polyphony listens on {url}\n");
    println!("  GraphQL    {url}/graphql");
    println!("  Explorer   {url}/");
    println!("  Health     {url}/health/ready     Metrics  {url}/metrics");
    println!("  Data       {}", platform.config.data.display());
    if let Some(demo) = demo {
        println!("  Account    {} / {}   (an artist, to try things with)", demo.username, demo.password);
    }
    println!("\nTry next:");
    println!("  polyphony import FOLDER     bring in a folder of music, as the account above");
    println!("  open {url}/        sign in, and ask: {{ tracks(first: 5) {{ nodes {{ title artist {{ name }} }} }} }}");
    println!("  Ctrl-C stops; the data stays.\n");
}
