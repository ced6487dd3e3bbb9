//! What the queue needs to be fair, to know the same bytes again, and to tell what became of a job.

use sea_orm_migration::prelude::*;

pub(super) struct ExtendQueue;

impl MigrationName for ExtendQueue {
    fn name(&self) -> &'static str {
        "media_0002_queue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ExtendQueue {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in [
            ColumnDef::new("uploader_id").uuid().to_owned(),
            ColumnDef::new("priority").integer().not_null().default(0).to_owned(),
            ColumnDef::new("sha256").string_len(64).not_null().default("").to_owned(),
            ColumnDef::new("size_bytes").big_integer().not_null().default(0).to_owned(),
            ColumnDef::new("recipe").string().to_owned(),
            ColumnDef::new("result").json_binary().to_owned(),
            ColumnDef::new("failure").json_binary().to_owned(),
        ] {
            manager.alter_table(Table::alter().table("job").add_column(column).to_owned()).await?;
        }
        manager.create_index(Index::create().name("job_by_content").table("job").col("sha256").to_owned()).await?;
        // The same bytes are never in two workers' hands at the same time. Neither builder of indices writes conditions.
        manager.get_connection().execute_unprepared("CREATE UNIQUE INDEX job_running_content ON job (sha256) WHERE state = 'RUNNING' AND sha256 <> ''").await?;
        let uploader = Table::create()
            .table("uploader")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("served_at").timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(uploader).await?;
        let log = Table::create()
            .table("job_log")
            .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new("job_id").uuid().not_null())
            .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("text").text().not_null())
            .to_owned();
        manager.create_table(log).await?;
        manager.create_index(Index::create().name("job_log_by_job").table("job_log").col("job_id").to_owned()).await
    }
}
