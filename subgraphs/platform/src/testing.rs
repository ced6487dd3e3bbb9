//! The testing kit: platforms that share nothing, on a temporary folder and, where asked, a throw-away PostgreSQL database;
//! a clock that only the test moves; and random input for parsers.

#![expect(clippy::expect_used, clippy::panic, reason = "only tests use the kit, and a test fails by panicking")]

pub mod parsers;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use kernel::{Clock, OsRandomness};
use sea_orm::{ConnectOptions, ConnectionTrait as _};
use tempfile::TempDir;

use crate::config::{Config, DatabaseConfig};
use crate::platform::Platform;

/// Names the PostgreSQL server of the tests, as `postgres://user@host:port`, without a database. `make test` starts one.
pub const POSTGRES_VARIABLE: &str = "POLYPHONY_TEST_POSTGRES";

/// A clock that stands still until moved.
#[derive(Debug)]
pub struct FakeClock(Mutex<DateTime<Utc>>);

impl FakeClock {
    /// Stands at `now`.
    pub const fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A platform of one test.
pub struct TestPlatform {
    /// The platform.
    pub platform: Platform,
    /// Its clock; begins at 2026-01-01T00:00:00Z.
    pub clock: Arc<FakeClock>,
    /// Which database adapter it runs on, for messages: `sqlite` or `postgres`.
    pub adapter: &'static str,
    // Dropped in this order: the database before the folder.
    _postgres: Option<ThrowAwayDatabase>,
    _folder: TempDir,
}

impl TestPlatform {
    /// On SQLite.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// On SQLite, with a changed configuration.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::open("sqlite", None, change).await
    }

    /// On a throw-away PostgreSQL database.
    pub async fn postgres() -> Self {
        let database = ThrowAwayDatabase::create().await;
        let url = database.url();
        Self::open("postgres", Some(database), |config| config.database = DatabaseConfig::Postgres { url, max_connections: 5 }).await
    }

    /// One on each database adapter: what a contract suite runs on.
    pub async fn each() -> [Self; 2] {
        [Self::new().await, Self::postgres().await]
    }

    async fn open(adapter: &'static str, postgres: Option<ThrowAwayDatabase>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut config = Config::embedded(folder.path()).expect("the compiled-in defaults are valid");
        config.internal_secret = "a secret that only tests use, 32+".into();
        change(&mut config);
        let clock = Arc::new(FakeClock::at(DateTime::from_timestamp(1_767_225_600, 0).expect("a valid instant")));
        let platform = Platform::open_with(config, clock.clone(), Arc::new(OsRandomness)).await.expect("the test platform opens");
        Self { platform, clock, adapter, _postgres: postgres, _folder: folder }
    }
}

/// A PostgreSQL database that is dropped with this value.
struct ThrowAwayDatabase {
    server: String,
    name: String,
}

impl ThrowAwayDatabase {
    async fn create() -> Self {
        let server = std::env::var(POSTGRES_VARIABLE)
            .unwrap_or_else(|_| panic!("{POSTGRES_VARIABLE} names no PostgreSQL server; `make test` starts one, or see tests/with-postgres.sh"));
        let name = format!("test_{}", kernel::IdGenerator::new(Arc::new(kernel::SystemClock), Arc::new(OsRandomness)).uuid().simple());
        let this = Self { server, name };
        this.administer(&format!("CREATE DATABASE {}", this.name)).await;
        this
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    async fn administer(&self, statement: &str) {
        let mut options = ConnectOptions::new(format!("{}/postgres", self.server));
        options.max_connections(1).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await.expect("the PostgreSQL server of the tests answers");
        connection.execute_unprepared(statement).await.expect("the PostgreSQL server of the tests makes and drops databases");
        connection.close().await.expect("the connection closes");
    }
}

impl Drop for ThrowAwayDatabase {
    fn drop(&mut self) {
        // A runtime of its own: the test's may be single-threaded and busy dropping this very value.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                    runtime.block_on(self.administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
                }
            });
        });
    }
}
