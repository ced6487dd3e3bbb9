//! Rebuilds that admins ask for, what they could not hear, and what was accepted without that.

use sea_orm_migration::prelude::*;

pub(super) struct CreateRebuild;

impl MigrationName for CreateRebuild {
    fn name(&self) -> &'static str {
        "recommendations_0013_rebuild"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateRebuild {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("rebuild")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("requested_by").uuid().not_null())
                    .col(ColumnDef::new("requested_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("began_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("space").string())
                    .col(ColumnDef::new("uploads").big_integer())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("unheard_upload")
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .col(ColumnDef::new("space").string().not_null())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("job_id").uuid().not_null())
                    .col(ColumnDef::new("reason").text().not_null())
                    .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
                    .primary_key(Index::create().col("upload_id").col("space"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("unheard_upload_track_id").table("unheard_upload").col("track_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("accepted_space")
                    .col(ColumnDef::new("space").string().not_null().primary_key())
                    .col(ColumnDef::new("accepted_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }
}
