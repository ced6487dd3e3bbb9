//! Attempts, so that guessing gets slow.

use sea_orm_migration::prelude::*;

pub(super) struct CreateAttempt;

impl MigrationName for CreateAttempt {
    fn name(&self) -> &'static str {
        "users_0012_attempt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAttempt {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("attempt")
                    .col(ColumnDef::new("key").text().not_null().primary_key())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(ColumnDef::new("last_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("free_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("attempt_last_at").table("attempt").col("last_at").to_owned()).await
    }
}
