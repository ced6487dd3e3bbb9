//! Looks for a person in every table of every database, and in every blob.

use futures::TryStreamExt as _;
use kernel::id::UserId;
use object_store::ObjectStoreExt as _;
use platform::Database;
use platform::config::DatabaseConfig;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::world::{World, email};

/// What would betray a person: the id in each of its forms, the name and the address.
pub(crate) struct Traces {
    texts: Vec<String>,
    /// As SQLite keeps ids.
    bytes: [u8; 16],
}

impl Traces {
    pub(crate) fn of(user_id: UserId, username: &str) -> Self {
        let uuid = user_id.uuid();
        let texts = vec![user_id.to_string(), uuid.to_string(), uuid.simple().to_string(), username.to_lowercase(), email(username).to_lowercase()];
        Self { texts, bytes: *uuid.as_bytes() }
    }

    fn are_in(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        self.texts.iter().any(|trace| text.contains(trace)) || bytes.windows(16).any(|window| window == self.bytes)
    }
}

/// Where the person is found: `database.table.column`, or the name of a blob. Sorted.
pub(crate) async fn find(world: &World, traces: &Traces) -> Vec<String> {
    let config = &world.test.platform.config;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&config.data).expect("the data folder") {
        let file = entry.expect("a file").path();
        if file.extension().is_some_and(|extension| extension == "sqlite") {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            find_in_sqlite(&Database::open_sqlite(&file).await.expect("it opens"), &name, traces, &mut found).await;
        }
    }
    if let DatabaseConfig::Postgres { url, .. } = &config.database {
        find_in_postgres(&Database::open_postgres(url, "public", 1).await.expect("it opens"), traces, &mut found).await;
    }
    let blobs = &world.test.platform.blobs;
    for meta in blobs.list(None).try_collect::<Vec<_>>().await.expect("the blobs") {
        let bytes = blobs.get(&meta.location).await.expect("a blob").bytes().await.expect("its bytes");
        if traces.are_in(&bytes) || traces.are_in(meta.location.as_ref().as_bytes()) {
            found.push(format!("blob {}", meta.location));
        }
    }
    let mail = config.data.join("mail");
    for entry in std::fs::read_dir(mail).into_iter().flatten() {
        found.push(format!("mail {:?}", entry.expect("a file").path()));
    }
    found.sort();
    found
}

async fn rows(database: &Database, backend: DbBackend, sql: String) -> Vec<sea_orm::QueryResult> {
    database.read().query_all_raw(Statement::from_string(backend, sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn is_there(database: &Database, backend: DbBackend, sql: String) -> bool {
    let rows = rows(database, backend, sql).await;
    rows[0].try_get::<i64>("", "n").expect("a number") > 0
}

async fn find_in_sqlite(database: &Database, name: &str, traces: &Traces, found: &mut Vec<String>) {
    let sqlite = DbBackend::Sqlite;
    for table in rows(database, sqlite, "SELECT name FROM sqlite_master WHERE type = 'table'".into()).await {
        let table: String = table.try_get("", "name").expect("a name");
        for column in rows(database, sqlite, format!("SELECT name FROM pragma_table_info('{table}')")).await {
            let column: String = column.try_get("", "name").expect("a name");
            let mut conditions = vec![format!("instr(hex(\"{column}\"), '{}') > 0", hex::encode_upper(traces.bytes))];
            conditions.extend(traces.texts.iter().map(|trace| format!("instr(lower(CAST(\"{column}\" AS TEXT)), '{trace}') > 0")));
            if is_there(database, sqlite, format!("SELECT count(*) AS n FROM \"{table}\" WHERE {}", conditions.join(" OR "))).await {
                found.push(format!("{name}.{table}.{column}"));
            }
        }
    }
}

async fn find_in_postgres(database: &Database, traces: &Traces, found: &mut Vec<String>) {
    let postgres = DbBackend::Postgres;
    let columns = "SELECT table_schema::text AS s, table_name::text AS t, column_name::text AS c FROM information_schema.columns
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')";
    for row in rows(database, postgres, columns.into()).await {
        let [schema, table, column] = ["s", "t", "c"].map(|name| row.try_get::<String>("", name).expect("a name"));
        let conditions: Vec<_> = traces.texts.iter().map(|trace| format!("strpos(lower(\"{column}\"::text), '{trace}') > 0")).collect();
        let sql = format!("SELECT count(*) AS n FROM \"{schema}\".\"{table}\" WHERE {}", conditions.join(" OR "));
        if is_there(database, postgres, sql).await {
            found.push(format!("{schema}.{table}.{column}"));
        }
    }
}
