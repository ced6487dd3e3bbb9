//! Second factors and the recovery codes for them.

use sea_orm_migration::prelude::*;

pub(super) struct CreateSecondFactor;

impl MigrationName for CreateSecondFactor {
    fn name(&self) -> &'static str {
        "users_0030_second_factor"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateSecondFactor {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let owner = |table: &'static str| {
            ForeignKey::create().name(format!("{table}_user")).from(table, "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
        };
        manager
            .create_table(
                Table::create()
                    .table("second_factor")
                    .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("secret").text().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("confirmed_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("last_step").big_integer().not_null())
                    .foreign_key(&mut owner("second_factor"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("recovery_code")
                    .col(ColumnDef::new("hash").text().not_null().primary_key())
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("used_at").timestamp_with_time_zone())
                    .foreign_key(&mut owner("recovery_code"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("recovery_code_user_id").table("recovery_code").col("user_id").to_owned()).await
    }
}
