//! The outbox: events are written in the transaction of their cause and published after it committed, in order.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Event, PortError};
use sea_orm::{ActiveValue, QueryOrder as _, QuerySelect as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use sea_orm_migration::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::bus::EventBus;
use crate::database::{Database, Transaction, store_error};
use crate::telemetry;

const BATCH: u64 = 256;
/// How often the relay looks without being woken: for what another process wrote, and after a failure.
const IDLE: Duration = Duration::from_secs(1);

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) position: i64,
        #[sea_orm(unique)]
        pub(super) event_id: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub(super) event: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Adds `events` to the transaction of their cause, as parts of its trace.
pub async fn append(transaction: &Transaction<'_>, events: &[Event]) -> Result<(), PortError> {
    if events.is_empty() {
        return Ok(());
    }
    let cause = telemetry::current_text();
    let rows = events
        .iter()
        .map(|event| {
            let mut json = serde_json::to_value(event).map_err(PortError::corrupt)?;
            if let (None, Some(cause)) = (&event.traceparent, &cause) {
                json["traceparent"] = cause.as_str().into();
            }
            Ok(entity::ActiveModel { position: ActiveValue::NotSet, event_id: ActiveValue::Set(event.id), event: ActiveValue::Set(json) })
        })
        .collect::<Result<Vec<_>, PortError>>()?;
    entity::Entity::insert_many(rows).exec_without_returning(&**transaction).await.map_err(store_error)?;
    Ok(())
}

/// Publishes what lies in `database`'s outbox until cancelled. Crash-safe: published twice rather than never; the bus knows
/// events by their id.
pub async fn relay(database: Database, bus: Arc<dyn EventBus>, stop: CancellationToken) {
    loop {
        // Asked before the look: what committed before the stop is found by a look that begins after it.
        let last_look = stop.is_cancelled();
        match relay_batch(&database, &*bus).await {
            Ok(moved) if moved == BATCH => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the outbox cannot be published now"),
        }
        if last_look {
            return;
        }
        tokio::select! {
            () = database.committed() => {}
            () = tokio::time::sleep(IDLE) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn relay_batch(database: &Database, bus: &dyn EventBus) -> Result<u64, PortError> {
    let rows = entity::Entity::find().order_by_asc(entity::Column::Position).limit(BATCH).all(database.read()).await.map_err(store_error)?;
    let Some(last) = rows.last().map(|row| row.position) else { return Ok(0) };
    let moved = rows.len() as u64;
    let events = rows.into_iter().map(|row| serde_json::from_value(row.event).map_err(PortError::corrupt)).collect::<Result<Vec<Event>, _>>()?;
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    bus.publish(&events).await?;
    // By id, not by position: a transaction that took an earlier position may have committed meanwhile.
    let ids = &ids;
    database
        .write(|txn| {
            Box::pin(async move {
                entity::Entity::delete_many()
                    .filter(entity::Column::EventId.is_in(ids.iter().copied()))
                    .filter(entity::Column::Position.lte(last))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                Ok(())
            })
        })
        .await?;
    Ok(moved)
}

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateOutbox)]
}

struct CreateOutbox;

impl MigrationName for CreateOutbox {
    fn name(&self) -> &'static str {
        "platform_0001_outbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateOutbox {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(ColumnDef::new("position").big_integer().not_null().auto_increment().primary_key())
                    .col(ColumnDef::new("event_id").uuid().not_null().unique_key())
                    .col(ColumnDef::new("event").json_binary().not_null())
                    .to_owned(),
            )
            .await
    }
}
