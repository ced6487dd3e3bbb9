//! The bus without a server: log tables in one SQLite file, wake-ups in process. Several processes of one machine may share
//! the folder; what another process published is found within [`POLL`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::{Clock, Event, PortError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, QueryOrder as _, QuerySelect as _};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, JsonValue as Json, QueryFilter as _};
use sea_orm_migration::prelude::*;
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;

use super::{DeadLetter, Delivery, EventBus, NOBODY};
use crate::database::{Database, Transaction, store_error};

/// How soon an event of another process is noticed.
const POLL: Duration = Duration::from_millis(250);
/// Events a slow live reader may fall behind before it loses the oldest.
const TAIL_CAPACITY: usize = 4096;
const TAIL_BATCH: u64 = 512;

mod log {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "event_log")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) position: i64,
        #[sea_orm(unique)]
        pub(super) event_id: Uuid,
        pub(super) event_type: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(super) event: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod offset {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consumer_offset")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) consumer: String,
        pub(super) position: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod dead {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dead_letter")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) id: i64,
        pub(super) consumer: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub(super) event: Json,
        pub(super) attempts: i32,
        pub(super) reason: String,
        pub(super) buried_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// [`EventBus`] on SQLite.
pub struct EmbeddedEventBus {
    database: Database,
    clock: Arc<dyn Clock>,
    /// Counts publications of this process.
    published: watch::Sender<u64>,
    /// The count each consumer had seen when it last polled, so that nothing published since is slept over.
    seen: Mutex<HashMap<String, u64>>,
    tail: broadcast::Sender<(i64, Arc<Event>)>,
    /// The furthest place that was in the log for certain: a live reader gets only what lies after it.
    known_end: AtomicI64,
}

impl EmbeddedEventBus {
    /// Opens (and makes, when missing) `bus.sqlite` under `data`.
    pub async fn open(data: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Self>, DbErr> {
        let database = Database::open_sqlite(&data.join("bus.sqlite")).await?;
        database.migrate::<Migrator>().await?;
        let end = end(database.read()).await?;
        let bus = Arc::new(Self {
            database,
            clock,
            published: watch::Sender::new(0),
            seen: Mutex::new(HashMap::new()),
            tail: broadcast::Sender::new(TAIL_CAPACITY),
            known_end: AtomicI64::new(end),
        });
        tokio::spawn(pump(Arc::downgrade(&bus), bus.published.subscribe(), end));
        Ok(bus)
    }

    /// Tells live readers what lies after `position`; returns how far it came.
    async fn tell_tail(&self, position: i64) -> Result<i64, PortError> {
        let rows = log::Entity::find()
            .filter(log::Column::Position.gt(position))
            .order_by_asc(log::Column::Position)
            .limit(TAIL_BATCH)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        let mut reached = position;
        for row in rows {
            reached = row.position;
            // No reader is no failure.
            let _ = self.tail.send((reached, Arc::new(event_of(row.event)?)));
        }
        self.known_end.fetch_max(reached, Ordering::AcqRel);
        Ok(reached)
    }
}

async fn pump(bus: Weak<EmbeddedEventBus>, mut published: watch::Receiver<u64>, mut position: i64) {
    loop {
        // An error of `changed` means that the bus is gone; the upgrade below finds that too.
        let _ = tokio::time::timeout(POLL, published.changed()).await;
        loop {
            let Some(bus) = bus.upgrade() else { return };
            match bus.tell_tail(position).await {
                Ok(reached) if reached == position => break,
                Ok(reached) => position = reached,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot read the event log");
                    break;
                }
            }
        }
    }
}

async fn end(database: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<Option<i64>> = log::Entity::find().select_only().column_as(log::Column::Position.max(), "last").into_tuple().one(database).await?;
    Ok(last.flatten().unwrap_or(0))
}

fn event_of(json: Json) -> Result<Event, PortError> {
    serde_json::from_value(json).map_err(PortError::corrupt)
}

async fn committed(database: &impl ConnectionTrait, consumer: &str) -> Result<i64, PortError> {
    let row = offset::Entity::find_by_id(consumer).one(database).await.map_err(store_error)?;
    Ok(row.map_or(0, |row| row.position))
}

async fn set_offset(transaction: &Transaction<'_>, consumer: &str, position: i64) -> Result<(), PortError> {
    let row = offset::ActiveModel { consumer: ActiveValue::Set(consumer.to_owned()), position: ActiveValue::Set(position) };
    offset::Entity::insert(row)
        .on_conflict(OnConflict::column(offset::Column::Consumer).update_column(offset::Column::Position).to_owned())
        .exec_without_returning(&**transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}

async fn move_forward(transaction: &Transaction<'_>, consumer: &str, position: i64) -> Result<(), PortError> {
    if committed(&**transaction, consumer).await? < position { set_offset(transaction, consumer, position).await } else { Ok(()) }
}

#[async_trait]
impl EventBus for Arc<EmbeddedEventBus> {
    async fn publish(&self, events: &[Event]) -> Result<(), PortError> {
        if events.is_empty() {
            return Ok(());
        }
        let end = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    let rows = events
                        .iter()
                        .map(|event| {
                            Ok(log::ActiveModel {
                                position: ActiveValue::NotSet,
                                event_id: ActiveValue::Set(event.id),
                                event_type: ActiveValue::Set(event.r#type.clone()),
                                event: ActiveValue::Set(serde_json::to_value(event).map_err(PortError::corrupt)?),
                            })
                        })
                        .collect::<Result<Vec<_>, PortError>>()?;
                    log::Entity::insert_many(rows)
                        .on_conflict_do_nothing_on([log::Column::EventId])
                        .exec_without_returning(&**txn)
                        .await
                        .map_err(store_error)?;
                    end(&**txn).await.map_err(store_error)
                })
            })
            .await?;
        self.known_end.fetch_max(end, Ordering::AcqRel);
        self.published.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn poll(&self, consumer: &str, types: &[&str], limit: u32) -> Result<Vec<Delivery>, PortError> {
        let count = *self.published.borrow();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(consumer.to_owned(), count);
        let after = committed(self.database.read(), consumer).await?;
        let rows = log::Entity::find()
            .filter(log::Column::Position.gt(after))
            .filter(log::Column::EventType.is_in(types.iter().copied()))
            .order_by_asc(log::Column::Position)
            .limit(u64::from(limit))
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        rows.into_iter().map(|row| Ok(Delivery { position: row.position, event: event_of(row.event)? })).collect()
    }

    async fn wait(&self, consumer: &str) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(consumer).copied().unwrap_or(0);
        let mut published = self.published.subscribe();
        let _ = tokio::time::timeout(POLL, published.wait_for(|count| *count > seen)).await;
    }

    async fn commit(&self, consumer: &str, position: i64) -> Result<(), PortError> {
        self.database.write(|txn| Box::pin(move_forward(txn, consumer, position))).await
    }

    async fn bury(&self, consumer: &str, delivery: &Delivery, attempts: u32, reason: &str) -> Result<(), PortError> {
        let now = self.clock.now();
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let row = dead::ActiveModel {
                        id: ActiveValue::NotSet,
                        consumer: ActiveValue::Set(consumer.to_owned()),
                        event: ActiveValue::Set(serde_json::to_value(&delivery.event).map_err(PortError::corrupt)?),
                        attempts: ActiveValue::Set(attempts.try_into().unwrap_or(i32::MAX)),
                        reason: ActiveValue::Set(reason.to_owned()),
                        buried_at: ActiveValue::Set(now),
                    };
                    dead::Entity::insert(row).exec_without_returning(&**txn).await.map_err(store_error)?;
                    move_forward(txn, consumer, delivery.position).await
                })
            })
            .await
    }

    async fn dead_letters(&self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, PortError> {
        let mut query = dead::Entity::find().order_by_asc(dead::Column::Id).limit(u64::from(limit));
        if let Some(consumer) = consumer {
            query = query.filter(dead::Column::Consumer.eq(consumer));
        }
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(letter_of).collect()
    }

    async fn dead_letter(&self, id: i64) -> Result<DeadLetter, PortError> {
        letter_of(dead::Entity::find_by_id(id).one(self.database.read()).await.map_err(store_error)?.ok_or(PortError::NotFound)?)
    }

    async fn discard(&self, id: i64) -> Result<(), PortError> {
        let gone = self.database.write(|txn| Box::pin(async move { dead::Entity::delete_by_id(id).exec(&**txn).await.map_err(store_error) })).await?;
        if gone.rows_affected == 0 { Err(PortError::NotFound) } else { Ok(()) }
    }

    async fn rewind(&self, consumer: &str) -> Result<(), PortError> {
        self.database.write(|txn| Box::pin(set_offset(txn, consumer, 0))).await?;
        self.published.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn forget(&self, subject: &str) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    for row in log::Entity::find().filter(mentions(subject)).all(&**txn).await.map_err(store_error)? {
                        match without(&row.event, subject)? {
                            Some(event) => {
                                let change = log::ActiveModel { event: ActiveValue::Set(event), ..Default::default() };
                                let query = log::Entity::update_many().set(change).filter(log::Column::Position.eq(row.position));
                                query.exec(&**txn).await.map_err(store_error)?;
                            }
                            None => {
                                log::Entity::delete_by_id(row.position).exec(&**txn).await.map_err(store_error)?;
                            }
                        }
                    }
                    for row in dead::Entity::find().filter(mentions(subject)).all(&**txn).await.map_err(store_error)? {
                        match without(&row.event, subject)? {
                            Some(event) => {
                                let reason = row.reason.replace(subject, NOBODY);
                                let change = dead::ActiveModel { event: ActiveValue::Set(event), reason: ActiveValue::Set(reason), ..Default::default() };
                                dead::Entity::update_many().set(change).filter(dead::Column::Id.eq(row.id)).exec(&**txn).await.map_err(store_error)?;
                            }
                            None => {
                                dead::Entity::delete_by_id(row.id).exec(&**txn).await.map_err(store_error)?;
                            }
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    fn tail(&self, types: &'static [&'static str]) -> BoxStream<'static, Event> {
        let events = BroadcastStream::new(self.tail.subscribe());
        // The pump may not yet have told what was published before this call.
        let from = self.known_end.load(Ordering::Acquire);
        Box::pin(events.filter_map(move |told| async move {
            // Lagged: the oldest were lost, as promised; the reader goes on with what is left.
            let (position, event) = told.ok()?;
            (position > from && types.contains(&event.r#type.as_str())).then(|| Event::clone(&event))
        }))
    }
}

/// Rows whose event holds the text anywhere. Reads the whole log, which is what forgetting somebody takes.
fn mentions(text: &str) -> SimpleExpr {
    Expr::cust_with_values("instr(CAST(event AS TEXT), ?) > 0", [text])
}

/// The event with nobody in place of `subject`; none when it is about the subject.
fn without(event: &Json, subject: &str) -> Result<Option<Json>, PortError> {
    if event.get("subject").and_then(Json::as_str) == Some(subject) {
        return Ok(None);
    }
    serde_json::from_str(&event.to_string().replace(subject, NOBODY)).map(Some).map_err(PortError::corrupt)
}

fn letter_of(row: dead::Model) -> Result<DeadLetter, PortError> {
    Ok(DeadLetter {
        id: row.id,
        consumer: row.consumer,
        event: event_of(row.event)?,
        attempts: row.attempts.try_into().unwrap_or(0),
        reason: row.reason,
        buried_at: row.buried_at,
    })
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateLog)]
    }
}

struct CreateLog;

impl MigrationName for CreateLog {
    fn name(&self) -> &'static str {
        "bus_0001_log"
    }
}

#[async_trait]
impl MigrationTrait for CreateLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("event_log")
                    .col(ColumnDef::new("position").big_integer().not_null().auto_increment().primary_key())
                    .col(ColumnDef::new("event_id").uuid().not_null().unique_key())
                    .col(ColumnDef::new("event_type").string().not_null())
                    .col(ColumnDef::new("event").json_binary().not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("event_log_type_position").table("event_log").col("event_type").col("position").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("consumer_offset")
                    .col(ColumnDef::new("consumer").string().not_null().primary_key())
                    .col(ColumnDef::new("position").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("dead_letter")
                    .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
                    .col(ColumnDef::new("consumer").string().not_null())
                    .col(ColumnDef::new("event").json_binary().not_null())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(ColumnDef::new("reason").text().not_null())
                    .col(ColumnDef::new("buried_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }
}
