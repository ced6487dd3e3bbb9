//! Vectors of uploads, and which are published. No foreign key between: the facts come in any order.

use sea_orm_migration::prelude::*;

pub(super) struct CreateTrackVector;

impl MigrationName for CreateTrackVector {
    fn name(&self) -> &'static str {
        "recommendations_0010_track_vector"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTrackVector {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("track_vector")
                    .col(ColumnDef::new("upload_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("space").text().not_null())
                    .col(ColumnDef::new("vector").binary().not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("track_vector_track_id").table("track_vector").col("track_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("published_track")
                    .col(ColumnDef::new("track_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .to_owned(),
            )
            .await
    }
}
