//! How loud the blocks of each track's recording are.

use sea_orm_migration::prelude::*;

pub(super) struct CreateTrackLoudness;

impl MigrationName for CreateTrackLoudness {
    fn name(&self) -> &'static str {
        "catalog_0012_track_loudness"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTrackLoudness {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("track_loudness")
                    .col(ColumnDef::new("track_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("blocks").json_binary().not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .name("track_loudness_track")
                            .from("track_loudness", "track_id")
                            .to("track", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}
