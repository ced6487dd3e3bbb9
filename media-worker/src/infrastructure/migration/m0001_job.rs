//! Tables `job` and `ladder`.

use sea_orm_migration::prelude::*;

pub(super) struct CreateJob;

impl MigrationName for CreateJob {
    fn name(&self) -> &'static str {
        "media_0001_job"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateJob {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let job = Table::create()
            .table("job")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("track_id").uuid().not_null())
            .col(ColumnDef::new("upload_id").uuid().not_null().unique_key())
            .col(ColumnDef::new("blob").string().not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("attempts").integer().not_null())
            .col(ColumnDef::new("available_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("ladder_id").uuid())
            .col(ColumnDef::new("last_error").text())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(job).await?;
        manager.create_index(Index::create().name("job_by_availability").table("job").col("state").col("available_at").to_owned()).await?;
        manager.create_index(Index::create().name("job_by_track").table("job").col("track_id").to_owned()).await?;
        let ladder = Table::create()
            .table("ladder")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("job_id").uuid().not_null())
            .col(ColumnDef::new("track_id").uuid().not_null())
            .col(ColumnDef::new("discard_at").timestamp_with_time_zone())
            .to_owned();
        manager.create_table(ladder).await?;
        manager.create_index(Index::create().name("ladder_by_track").table("ladder").col("track_id").to_owned()).await?;
        manager.create_index(Index::create().name("ladder_by_discard").table("ladder").col("discard_at").to_owned()).await
    }
}
