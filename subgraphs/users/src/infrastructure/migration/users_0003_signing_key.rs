//! The installation's signing keys.

use sea_orm_migration::prelude::*;

pub(super) struct CreateSigningKey;

impl MigrationName for CreateSigningKey {
    fn name(&self) -> &'static str {
        "users_0003_signing_key"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateSigningKey {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("signing_key")
                    .col(ColumnDef::new("id").text().not_null().primary_key())
                    .col(ColumnDef::new("private_key_pem").text().not_null())
                    .col(ColumnDef::new("signs_from").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }
}
