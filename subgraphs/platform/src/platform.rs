//! What every context is given, and the one place that picks adapters.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::{Clock, IdGenerator, OsRandomness, PortError, Randomness, SystemClock};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use sea_orm::DbErr;
use sea_orm_migration::MigratorTrait;

use crate::api_key::KeyQuestions;
use crate::bus::{EmbeddedEventBus, EventBus};
use crate::cache::{Cache, EmbeddedCache};
use crate::config::{BlobsConfig, BusConfig, CacheConfig, Config, ConfigError, RateLimiterConfig};
use crate::context::Task;
use crate::database::Database;
use crate::outbox;
use crate::person::{OnPerson, PersonalData};
use crate::rate_limiter::{EmbeddedRateLimiter, RateLimiter};
use crate::viewer_token::ViewerTokens;

/// The drivers of this installation.
#[derive(Clone)]
pub struct Platform {
    /// The configuration as loaded, with `data` and `internal_secret` filled in.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Fresh ids, from those two.
    pub ids: IdGenerator,
    /// Where facts are told.
    pub bus: Arc<dyn EventBus>,
    /// Where values are kept for a while.
    pub cache: Arc<dyn Cache>,
    /// Where what somebody has asked for is counted.
    pub rate_limiter: Arc<dyn RateLimiter>,
    /// Where files are kept. Paths begin with the context's or the thing's name: `uploads/`, `ladders/`, `artwork/`.
    pub blobs: Arc<dyn ObjectStore>,
}

/// Polyphony cannot start; the text is for whoever starts it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used")]
    Data {
        /// Which.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A database cannot be opened or brought up to date.
    #[error("the database of {context} cannot be opened")]
    Database {
        /// Whose.
        context: String,
        /// Why.
        #[source]
        source: DbErr,
    },
    /// A store refused while a context prepared itself.
    #[error("a store cannot be used")]
    Store(#[from] PortError),
    /// Anything else a context needs.
    #[error("{what}")]
    Other {
        /// What is missing or wrong, for whoever starts Polyphony.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Platform {
    /// Opens what `config` names.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        Self::open_with(config, Arc::new(SystemClock), Arc::new(OsRandomness)).await
    }

    /// Opens what `config` names, under another time and chance.
    pub async fn open_with(mut config: Config, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Result<Self, OpenError> {
        let in_folder = |folder: &Path| {
            let folder = folder.display().to_string();
            move |source| OpenError::Data { folder, source }
        };
        let blob_folder = config.data.join("blobs");
        std::fs::create_dir_all(&blob_folder).map_err(in_folder(&blob_folder))?;
        if config.internal_secret.is_empty() {
            config.internal_secret = kept_secret(&config.data.join("internal-secret"), &*randomness).map_err(in_folder(&config.data))?;
        }
        let blobs: Arc<dyn ObjectStore> = match &config.blobs {
            BlobsConfig::Folder {} => Arc::new(
                LocalFileSystem::new_with_prefix(&blob_folder)
                    .map_err(|source| OpenError::Other { what: "the blob folder cannot be used".into(), source: source.into() })?
                    .with_automatic_cleanup(true),
            ),
        };
        let bus: Arc<dyn EventBus> = match &config.bus {
            BusConfig::Embedded {} => {
                Arc::new(EmbeddedEventBus::open(&config.data, clock.clone()).await.map_err(|source| OpenError::Database { context: "bus".into(), source })?)
            }
        };
        let cache: Arc<dyn Cache> = match &config.cache {
            CacheConfig::Embedded { max_entries } => Arc::new(EmbeddedCache::new(*max_entries)),
        };
        let rate_limiter: Arc<dyn RateLimiter> = match &config.rate_limiter {
            RateLimiterConfig::Embedded { max_payers } => Arc::new(EmbeddedRateLimiter::new(clock.clone(), *max_payers)),
        };
        let ids = IdGenerator::new(clock.clone(), randomness.clone());
        Ok(Self { config: Arc::new(config), clock, randomness, ids, bus, cache, rate_limiter, blobs })
    }

    /// The database of `context`, migrated.
    pub async fn database<M: MigratorTrait>(&self, context: &'static str) -> Result<Database, OpenError> {
        let error = |source| OpenError::Database { context: context.into(), source };
        let database = Database::open(&self.config.database, &self.config.data, context).await.map_err(error)?;
        database.migrate::<M>().await.map_err(error)?;
        Ok(database)
    }

    /// Puts the facts of `context` in envelopes.
    pub fn events(&self, context: &'static str) -> EventFactory {
        EventFactory::new(context, self.clock.clone(), self.ids.clone())
    }

    /// The task that publishes `database`'s outbox; every context with a database runs one.
    pub fn outbox_relay(&self, name: &'static str, database: &Database) -> Task {
        let (database, bus) = (database.clone(), self.bus.clone());
        Task::new(name, move |stop| outbox::relay(database, bus, stop))
    }

    /// The handler by which `context` gives people their copy and forgets them; its answers leave by `database`'s outbox.
    pub fn on_person(&self, context: &'static str, data: Arc<dyn PersonalData>, database: &Database) -> Arc<OnPerson> {
        let (database, blobs) = (database.clone(), self.blobs.clone());
        Arc::new(OnPerson { context, data, database, blobs, events: self.events(context) })
    }

    /// Signs and verifies who a request between services is for.
    pub fn viewer_tokens(&self) -> ViewerTokens {
        ViewerTokens::new(&self.config.internal_secret, self.clock.clone())
    }

    /// Signs and verifies what a gateway asks `users` about API keys.
    pub fn key_questions(&self) -> KeyQuestions {
        KeyQuestions::new(&self.config.internal_secret, self.clock.clone())
    }
}

/// The secret in `file`, made on first use and readable by its owner only.
fn kept_secret(file: &Path, randomness: &dyn Randomness) -> std::io::Result<String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut made) => {
            let secret = kernel::randomness::secret(randomness);
            made.write_all(secret.as_bytes())?;
            made.sync_all()?;
            Ok(secret)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read_to_string(file),
        Err(error) => Err(error),
    }
}
