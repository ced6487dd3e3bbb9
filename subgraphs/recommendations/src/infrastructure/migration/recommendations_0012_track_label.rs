//! Whose tracks are, and their genres: what genres are suggested by.

use sea_orm_migration::prelude::*;

pub(super) struct CreateTrackLabel;

impl MigrationName for CreateTrackLabel {
    fn name(&self) -> &'static str {
        "recommendations_0012_track_label"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTrackLabel {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("track_label")
                    .col(ColumnDef::new("track_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("owner_id").uuid().not_null())
                    .col(ColumnDef::new("genres").text().not_null())
                    .to_owned(),
            )
            .await
    }
}
