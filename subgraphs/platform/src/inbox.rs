//! The inbox: which events a consumer has already acted on, noted in the transaction of the act.

use kernel::PortError;
use sea_orm::EntityTrait as _;
use sea_orm::{ActiveValue, TryInsertResult};
use sea_orm_migration::prelude::*;

use crate::database::{Transaction, store_error};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) consumer: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) event_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Notes that `consumer` acts on the event now; `false` when it already did, and must not again.
pub async fn first_time(transaction: &Transaction<'_>, consumer: &str, event_id: uuid::Uuid) -> Result<bool, PortError> {
    let row = entity::ActiveModel { consumer: ActiveValue::Set(consumer.to_owned()), event_id: ActiveValue::Set(event_id) };
    let inserted = entity::Entity::insert(row)
        .on_conflict_do_nothing_on([entity::Column::Consumer, entity::Column::EventId])
        .exec_without_returning(&**transaction)
        .await
        .map_err(store_error)?;
    Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0))
}

pub(crate) fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateInbox)]
}

struct CreateInbox;

impl MigrationName for CreateInbox {
    fn name(&self) -> &'static str {
        "platform_0002_inbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateInbox {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("inbox")
                    .col(ColumnDef::new("consumer").string().not_null())
                    .col(ColumnDef::new("event_id").uuid().not_null())
                    .primary_key(Index::create().col("consumer").col("event_id"))
                    .to_owned(),
            )
            .await
    }
}
