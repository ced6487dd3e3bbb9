//! Sessions and their refresh tokens.

use sea_orm_migration::prelude::*;

pub(super) struct CreateSession;

impl MigrationName for CreateSession {
    fn name(&self) -> &'static str {
        "users_0002_session"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateSession {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("session")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("ended_at").timestamp_with_time_zone())
                    .foreign_key(ForeignKey::create().name("session_user").from("session", "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("session_user_id").table("session").col("user_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("refresh_token")
                    .col(ColumnDef::new("hash").text().not_null().primary_key())
                    .col(ColumnDef::new("session_id").uuid().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("used_at").timestamp_with_time_zone())
                    .foreign_key(
                        ForeignKey::create()
                            .name("refresh_token_session")
                            .from("refresh_token", "session_id")
                            .to("session", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("refresh_token_session_id").table("refresh_token").col("session_id").to_owned()).await?;
        manager.create_index(Index::create().name("refresh_token_expires_at").table("refresh_token").col("expires_at").to_owned()).await
    }
}
