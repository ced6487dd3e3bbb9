//! Ladders and publications.

use sea_orm_migration::prelude::*;

pub(super) struct CreateLadder;

impl MigrationName for CreateLadder {
    fn name(&self) -> &'static str {
        "playback_0001_ladder"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateLadder {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("ladder")
                    .col(ColumnDef::new("upload_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("id").uuid().not_null())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("prefix").text().not_null())
                    .col(ColumnDef::new("duration_ms").big_integer().not_null())
                    .col(ColumnDef::new("renditions").json_binary().not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("ladder_track_id").table("ladder").col("track_id").to_owned()).await?;
        // No foreign key to the ladder: a publication may be told of first.
        manager
            .create_table(
                Table::create()
                    .table("publication")
                    .col(ColumnDef::new("track_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .to_owned(),
            )
            .await
    }
}
