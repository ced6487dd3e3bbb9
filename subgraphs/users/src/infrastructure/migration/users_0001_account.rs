//! Accounts and their passwords.

use sea_orm_migration::prelude::*;

pub(super) struct CreateAccount;

impl MigrationName for CreateAccount {
    fn name(&self) -> &'static str {
        "users_0001_account"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAccount {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("user")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("username").text().not_null())
                    .col(ColumnDef::new("email").text().not_null())
                    .col(ColumnDef::new("email_key").text().not_null())
                    .col(ColumnDef::new("display_name").text())
                    .col(ColumnDef::new("bio").text())
                    .col(ColumnDef::new("role").text().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        // The repository tells by these names which field was taken.
        manager.create_index(Index::create().unique().name("user_username").table("user").col("username").to_owned()).await?;
        manager.create_index(Index::create().unique().name("user_email_key").table("user").col("email_key").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("password")
                    .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("hash").text().not_null())
                    .col(ColumnDef::new("changed_at").timestamp_with_time_zone().not_null())
                    .foreign_key(ForeignKey::create().name("password_user").from("password", "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await
    }
}
