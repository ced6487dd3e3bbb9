//! Which services there are, and how each is started.

use clap::ValueEnum;
use platform::{Context, Platform};

/// A service of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceName {
    /// The federation router, the one public endpoint.
    Gateway,
    /// Accounts and sessions.
    Users,
    /// Artists, albums, tracks, uploads.
    Catalog,
    /// Streams.
    Playback,
    /// Mail.
    Notifications,
    /// Taste.
    Recommendations,
    /// The media worker.
    Media,
}

impl ServiceName {
    /// Its key under `services` in the configuration, its subgraph's name and its database's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Users => "users",
            Self::Catalog => "catalog",
            Self::Playback => "playback",
            Self::Notifications => "notifications",
            Self::Recommendations => "recommendations",
            Self::Media => "media",
        }
    }
}

/// The services that are subgraphs of the supergraph.
pub const SUBGRAPHS: [ServiceName; 5] =
    [ServiceName::Users, ServiceName::Catalog, ServiceName::Playback, ServiceName::Notifications, ServiceName::Recommendations];

/// Starts every context, `users` apart because the gateway needs more of it than its routes.
pub async fn start_all(platform: &Platform) -> anyhow::Result<(users::Started, Vec<Context>)> {
    Ok((users::start(platform).await?, start_others(platform).await?))
}

/// Starts every context but `users`.
pub async fn start_others(platform: &Platform) -> anyhow::Result<Vec<Context>> {
    Ok(vec![
        catalog::start(platform).await?,
        playback::start(platform).await?,
        notifications::start(platform).await?,
        recommendations::start(platform).await?,
        media_worker::start(platform).await?,
    ])
}

/// Brings every database up to date; starting a context does just that.
pub async fn migrate(platform: &Platform) -> anyhow::Result<()> {
    start_all(platform).await.map(|_| ())
}
