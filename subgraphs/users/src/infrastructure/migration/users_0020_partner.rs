//! Organisations with their members, and API keys with their secrets and use.

use sea_orm_migration::prelude::*;

pub(super) struct CreatePartner;

impl MigrationName for CreatePartner {
    fn name(&self) -> &'static str {
        "users_0020_partner"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreatePartner {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        organisations(manager).await?;
        keys(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table("api_key_use")
                    .col(ColumnDef::new("key_id").uuid().not_null())
                    .col(ColumnDef::new("day").date().not_null())
                    .col(ColumnDef::new("operation").text().not_null())
                    .col(ColumnDef::new("requests").big_integer().not_null())
                    .col(ColumnDef::new("refused").big_integer().not_null())
                    .col(ColumnDef::new("cost").big_integer().not_null())
                    .primary_key(Index::create().col("key_id").col("day").col("operation"))
                    .foreign_key(
                        ForeignKey::create().name("api_key_use_key").from("api_key_use", "key_id").to("api_key", "id").on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}

async fn organisations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("organisation")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("name").text().not_null())
                .col(ColumnDef::new("per_minute").big_integer().not_null())
                .col(ColumnDef::new("per_day").big_integer().not_null())
                .col(ColumnDef::new("revision").big_integer().not_null())
                .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("organisation_member")
                .col(ColumnDef::new("organisation_id").uuid().not_null())
                .col(ColumnDef::new("user_id").uuid().not_null())
                .col(ColumnDef::new("role").text().not_null())
                .col(ColumnDef::new("since").timestamp_with_time_zone().not_null())
                .primary_key(Index::create().col("organisation_id").col("user_id"))
                .foreign_key(
                    ForeignKey::create()
                        .name("organisation_member_organisation")
                        .from("organisation_member", "organisation_id")
                        .to("organisation", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("organisation_member_user")
                        .from("organisation_member", "user_id")
                        .to("user", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    manager.create_index(Index::create().name("organisation_member_user_id").table("organisation_member").col("user_id").to_owned()).await
}

async fn keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("api_key")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("organisation_id").uuid().not_null())
                .col(ColumnDef::new("shown").text().not_null())
                .col(ColumnDef::new("name").text().not_null())
                .col(ColumnDef::new("scopes").json_binary().not_null())
                .col(ColumnDef::new("per_minute").big_integer().not_null())
                .col(ColumnDef::new("per_day").big_integer().not_null())
                .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
                .col(ColumnDef::new("allowed_origins").json_binary().not_null())
                .col(ColumnDef::new("allowed_addresses").json_binary().not_null())
                .col(ColumnDef::new("created_by").uuid())
                .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("revoked_at").timestamp_with_time_zone())
                .col(ColumnDef::new("last_used_at").timestamp_with_time_zone())
                .foreign_key(
                    ForeignKey::create()
                        .name("api_key_organisation")
                        .from("api_key", "organisation_id")
                        .to("organisation", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create().name("api_key_created_by").from("api_key", "created_by").to("user", "id").on_delete(ForeignKeyAction::SetNull),
                )
                .to_owned(),
        )
        .await?;
    manager.create_index(Index::create().name("api_key_organisation_id").table("api_key").col("organisation_id").to_owned()).await?;
    manager
        .create_table(
            Table::create()
                .table("api_key_secret")
                .col(ColumnDef::new("hash").text().not_null().primary_key())
                .col(ColumnDef::new("key_id").uuid().not_null())
                .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
                .foreign_key(
                    ForeignKey::create().name("api_key_secret_key").from("api_key_secret", "key_id").to("api_key", "id").on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    manager.create_index(Index::create().name("api_key_secret_key_id").table("api_key_secret").col("key_id").to_owned()).await
}
