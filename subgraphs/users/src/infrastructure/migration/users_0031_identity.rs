//! Identities of providers, and sign-ins on their way back from one.

use sea_orm_migration::prelude::*;

pub(super) struct CreateIdentity;

impl MigrationName for CreateIdentity {
    fn name(&self) -> &'static str {
        "users_0031_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateIdentity {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("identity")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("provider").text().not_null())
                    .col(ColumnDef::new("subject").text().not_null())
                    .col(ColumnDef::new("email").text())
                    .col(ColumnDef::new("linked_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("last_used_at").timestamp_with_time_zone())
                    .foreign_key(ForeignKey::create().name("identity_user").from("identity", "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().unique().name("identity_subject").table("identity").col("provider").col("subject").to_owned()).await?;
        manager.create_index(Index::create().name("identity_user_id").table("identity").col("user_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("provider_flow")
                    .col(ColumnDef::new("hash").text().not_null().primary_key())
                    .col(ColumnDef::new("challenge").text())
                    .col(ColumnDef::new("identity").json_binary())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }
}
