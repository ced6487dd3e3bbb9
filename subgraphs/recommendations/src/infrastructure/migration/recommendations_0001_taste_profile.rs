//! Taste profiles.

use sea_orm_migration::prelude::*;

pub(super) struct CreateTasteProfile;

impl MigrationName for CreateTasteProfile {
    fn name(&self) -> &'static str {
        "recommendations_0001_taste_profile"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTasteProfile {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("taste_profile")
                    .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("taste_genre")
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("genre_id").uuid().not_null())
                    .col(ColumnDef::new("weight").double().not_null())
                    .primary_key(Index::create().col("user_id").col("genre_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("taste_genre_profile")
                            .from("taste_genre", "user_id")
                            .to("taste_profile", "user_id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}
