//! What people show of themselves and want otherwise: pictures and preferences.

use sea_orm_migration::prelude::*;

pub(super) struct CreateSelf;

impl MigrationName for CreateSelf {
    fn name(&self) -> &'static str {
        "users_0050_self"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateSelf {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("user").add_column(ColumnDef::new("avatar_id").uuid()).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("avatar")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("user_id").uuid().not_null().unique_key())
                    .col(ColumnDef::new("media_type").text().not_null())
                    .col(ColumnDef::new("size_bytes").big_integer().not_null())
                    .col(ColumnDef::new("sha256").text().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .foreign_key(&mut of_user("avatar"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("preferences")
                    .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("version").integer().not_null())
                    .col(ColumnDef::new("language").text())
                    .col(ColumnDef::new("explicit_allowed").boolean().not_null())
                    .col(ColumnDef::new("audio_quality").text().not_null())
                    .col(ColumnDef::new("autoplay").boolean().not_null())
                    .col(ColumnDef::new("listening_visible_to").text().not_null())
                    .foreign_key(&mut of_user("preferences"))
                    .to_owned(),
            )
            .await
    }
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("{table}_user")).from(table, "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
