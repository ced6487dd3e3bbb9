//! A context's own database: SQLite in WAL mode, or a schema of PostgreSQL. The same migrations run on both.

use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use futures::future::BoxFuture;
use kernel::PortError;
use sea_orm::sqlx::error::{DatabaseError, Error as SqlxError};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr, SqlErr, SqliteTransactionMode,
    SqlxSqliteConnector, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tokio::sync::Notify;

use crate::config::DatabaseConfig;

/// How long a statement waits for another writer of the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers beside the one writer of a SQLite file; WAL lets them proceed during a write.
const SQLITE_READERS: u32 = 4;
/// How often a transaction that lost against another is run again: of any number that meet on one row, one wins each time.
const CONTENTION_RETRIES: usize = 10;
const LONGEST_CONTENTION_PAUSE: Duration = Duration::from_millis(250);

/// One context's database.
///
/// Guarantees: what [`write`](Self::write) returned `Ok` for survives a crash; concurrent writes behave as if one after the
/// other where they touch the same rows; a write that lost a deadlock or found the file busy is tried again.
#[derive(Debug, Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    committed: Arc<Notify>,
}

/// A transaction in progress. The lifetime lets the work of [`Database::write`] borrow what surrounds it.
pub struct Transaction<'environment> {
    inner: DatabaseTransaction,
    environment: PhantomData<&'environment ()>,
}

impl Deref for Transaction<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Database {
    /// Opens the database of `context` (made when missing) under `data`, or its schema in PostgreSQL.
    pub async fn open(config: &DatabaseConfig, data: &Path, context: &str) -> Result<Self, DbErr> {
        match config {
            DatabaseConfig::Sqlite {} => Self::open_sqlite(&data.join(format!("{context}.sqlite"))).await,
            DatabaseConfig::Postgres { url, max_connections } => Self::open_postgres(url, context, *max_connections).await,
        }
    }

    /// Opens a SQLite file.
    pub async fn open_sqlite(file: &Path) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode NORMAL can lose the last transactions at a power cut; what we acknowledged must stay.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        // One writer: SQLite has one write lock a file, and queueing for it here is fairer than its busy handler.
        // A file does not hang up as a server does: asking each time whether it still answers doubles what a small query costs.
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await.map_err(connect_error)?;
        let reader = pool.max_connections(SQLITE_READERS).connect_with(options).await.map_err(connect_error)?;
        Ok(Self {
            reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            committed: Arc::new(Notify::new()),
        })
    }

    /// Opens (and makes, when missing) the schema `schema` of the PostgreSQL database at `url`.
    pub async fn open_postgres(url: &str, schema: &str, max_connections: u32) -> Result<Self, DbErr> {
        let mut admin = ConnectOptions::new(url);
        admin.max_connections(1).sqlx_logging(false);
        let admin = sea_orm::Database::connect(admin).await?;
        admin.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await?;
        admin.close().await?;
        let mut options = ConnectOptions::new(url);
        options.max_connections(max_connections).sqlx_logging(false).set_schema_search_path(schema);
        let connection = sea_orm::Database::connect(options).await?;
        Ok(Self { reader: connection.clone(), writer: connection, committed: Arc::new(Notify::new()) })
    }

    /// For queries. Sees what committed; not for writing.
    pub const fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Runs `work` in one transaction: all of it happens or none. `work` may run several times; only its last run counts.
    ///
    /// ```ignore
    /// self.database.write(|txn| Box::pin(async move {
    ///     track.into_active_model().insert(&**txn).await.map_err(store_error)?;
    ///     outbox::append(txn, events).await
    /// })).await
    /// ```
    pub async fn write<'environment, T, F>(&self, work: F) -> Result<T, PortError>
    where
        T: Send,
        F: for<'t> Fn(&'t Transaction<'environment>) -> BoxFuture<'t, Result<T, PortError>> + Send + Sync,
    {
        let attempt = || async {
            let transaction = Transaction { inner: self.writer.begin_with_options(self.write_options()).await.map_err(store_error)?, environment: PhantomData };
            match work(&transaction).await {
                Ok(value) => {
                    transaction.inner.commit().await.map_err(store_error)?;
                    Ok(value)
                }
                Err(error) => {
                    transaction.inner.rollback().await.map_err(store_error)?;
                    Err(error)
                }
            }
        };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(5))
            .with_max_delay(LONGEST_CONTENTION_PAUSE)
            .with_max_times(CONTENTION_RETRIES)
            .with_jitter();
        let value = attempt.retry(backoff).when(|error| matches!(error, PortError::Unavailable(source) if is_contention(&**source))).await?;
        self.committed.notify_one();
        Ok(value)
    }

    /// What makes a read followed by a write in one transaction safe against another that does the same.
    fn write_options(&self) -> TransactionOptions {
        match self.writer.get_database_backend() {
            // The write lock from the beginning: taken at the first write it fails when another process wrote since the first read.
            DbBackend::Sqlite => TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() },
            // Under READ COMMITTED, PostgreSQL's default, the later of two such transactions silently undoes the earlier one.
            _ => TransactionOptions { isolation_level: Some(IsolationLevel::RepeatableRead), ..TransactionOptions::default() },
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), PortError> {
        self.reader.ping().await.map_err(store_error)
    }

    /// Returns after a `write` since the last call; the outbox relay waits for it.
    pub async fn committed(&self) {
        self.committed.notified().await;
    }

    /// Brings the tables up to date; runs nothing twice. A context's migrator lists
    /// [`with_platform_migrations`]`(its own)`.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), DbErr> {
        M::up(&self.writer, None).await
    }
}

fn connect_error(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

/// A store's failure as a port's: uniqueness → `Conflict`, no row → `NotFound`, unreadable → `Corrupt`, the rest
/// `Unavailable`.
pub fn store_error(error: DbErr) -> PortError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(text)) => return PortError::Conflict { constraint: text },
        Some(SqlErr::ForeignKeyConstraintViolation(text)) => return PortError::Conflict { constraint: text },
        _ => {}
    }
    match error {
        DbErr::RecordNotFound(_) => PortError::NotFound,
        DbErr::Query(RuntimeErr::SqlxError(ref cause)) if matches!(**cause, SqlxError::ColumnDecode { .. }) => PortError::corrupt(error),
        DbErr::Type(_) | DbErr::Json(_) | DbErr::ConvertFromU64(_) | DbErr::TryIntoErr { .. } | DbErr::AttrNotSet(_) => PortError::corrupt(error),
        other => PortError::unavailable(other),
    }
}

/// Whether a transaction lost against another and may win when tried again: PostgreSQL's serialization failure (40001) and
/// deadlock (40P01), SQLite's BUSY (5) and its snapshot variant (517).
fn is_contention(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let Some(DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Conn(RuntimeErr::SqlxError(error))) =
        error.downcast_ref::<DbErr>()
    else {
        return false;
    };
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| matches!(&*code, "40001" | "40P01" | "5" | "517"))
}

/// A context's migrations: its own, after those of outbox and inbox that every context has.
pub fn with_platform_migrations(own: Vec<Box<dyn MigrationTrait>>) -> Vec<Box<dyn MigrationTrait>> {
    let mut all = crate::outbox::migrations();
    all.extend(crate::inbox::migrations());
    all.extend(own);
    all
}
