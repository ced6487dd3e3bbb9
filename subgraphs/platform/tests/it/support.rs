//! Events to send, a table to write to, and waiting without sleeping blindly.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Event, IdGenerator, OsRandomness, PortError, SystemClock};
use platform::database::{Database, Transaction, store_error, with_platform_migrations};
use sea_orm::{ActiveValue, EntityTrait as _};
use sea_orm_migration::prelude::*;

/// Longer than anything here takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks at a condition that nothing announces.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for `future`, or fails naming `what` did not come.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("{what} within {DEADLINE:?}"))
}

/// Looks again and again until `holds`.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    within(what, async {
        while !holds().await {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
}

pub(crate) fn ids() -> IdGenerator {
    IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
}

/// An event of `kind` about `subject`.
pub(crate) fn event(kind: &str, subject: &str) -> Event {
    Event {
        specversion: "1.0".into(),
        id: ids().uuid(),
        source: "/polyphony/test".into(),
        r#type: kind.into(),
        time: chrono::DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        subject: subject.into(),
        traceparent: None,
        data: serde_json::json!({ "subject": subject, "text": "Ünïcødé ✓ 'quoted'" }),
    }
}

/// `count` events of `kind` about 0, 1, 2, …
pub(crate) fn events(kind: &str, count: usize) -> Vec<Event> {
    (0..count).map(|number| event(kind, &number.to_string())).collect()
}

pub(crate) mod counter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) name: String,
        #[sea_orm(unique)]
        pub(crate) label: String,
        pub(crate) value: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A context's migrations, with one table.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![Box::new(CreateCounter)])
    }
}

struct CreateCounter;

impl MigrationName for CreateCounter {
    fn name(&self) -> &'static str {
        "test_0001_counter"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateCounter {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("counter")
                    .col(ColumnDef::new("name").string().not_null().primary_key())
                    .col(ColumnDef::new("label").string().not_null().unique_key())
                    .col(ColumnDef::new("value").big_integer().not_null())
                    .to_owned(),
            )
            .await
    }
}

pub(crate) async fn insert(transaction: &Transaction<'_>, name: &str, label: &str) -> Result<(), PortError> {
    let row = counter::ActiveModel { name: ActiveValue::Set(name.into()), label: ActiveValue::Set(label.into()), value: ActiveValue::Set(0) };
    counter::Entity::insert(row).exec_without_returning(&**transaction).await.map_err(store_error)?;
    Ok(())
}

pub(crate) async fn read(transaction: &Transaction<'_>, name: &str) -> Result<i64, PortError> {
    Ok(counter::Entity::find_by_id(name).one(&**transaction).await.map_err(store_error)?.ok_or(PortError::NotFound)?.value)
}

pub(crate) async fn set(transaction: &Transaction<'_>, name: &str, value: i64) -> Result<(), PortError> {
    let row = counter::ActiveModel { name: ActiveValue::Unchanged(name.into()), value: ActiveValue::Set(value), ..Default::default() };
    counter::Entity::update(row).exec(&**transaction).await.map_err(store_error)?;
    Ok(())
}

pub(crate) async fn make_counter(database: &Database, name: &str) {
    database.write(|txn| Box::pin(insert(txn, name, name))).await.expect("a counter is made");
}

pub(crate) async fn value(database: &Database, name: &str) -> Option<i64> {
    counter::Entity::find_by_id(name).one(database.read()).await.unwrap().map(|row| row.value)
}
