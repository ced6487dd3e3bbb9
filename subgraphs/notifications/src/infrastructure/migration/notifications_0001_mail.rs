//! Mail on its way.

use sea_orm_migration::prelude::*;

pub(super) struct CreateMail;

impl MigrationName for CreateMail {
    fn name(&self) -> &'static str {
        "notifications_0001_mail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateMail {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("mail")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("address").text().not_null())
                    .col(ColumnDef::new("name").text().not_null())
                    .col(ColumnDef::new("reason").text().not_null())
                    .col(ColumnDef::new("ticket_id").uuid())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("attempts").integer().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("due_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("failure").text())
                    .col(ColumnDef::new("died_at").timestamp_with_time_zone())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("mail_due_at").table("mail").col("due_at").to_owned()).await?;
        manager.create_index(Index::create().name("mail_died_at").table("mail").col("died_at").to_owned()).await
    }
}
