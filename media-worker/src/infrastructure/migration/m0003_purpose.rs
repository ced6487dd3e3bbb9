//! Several jobs an upload: one for its ladder, and one for each model that hears it later.

use sea_orm_migration::prelude::*;

pub(super) struct AddPurpose;

impl MigrationName for AddPurpose {
    fn name(&self) -> &'static str {
        "media_0003_purpose"
    }
}

/// All columns but the new one.
const COLUMNS: &str = "id, track_id, upload_id, blob, state, attempts, available_at, ladder_id, last_error, created_at, updated_at, uploader_id, priority, \
                       sha256, size_bytes, recipe, result, failure";

#[async_trait::async_trait]
impl MigrationTrait for AddPurpose {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite cannot take a constraint from a table.
        manager.rename_table(Table::rename().table("job", "job_before").to_owned()).await?;
        let job = Table::create()
            .table("job")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("track_id").uuid().not_null())
            .col(ColumnDef::new("upload_id").uuid().not_null())
            .col(ColumnDef::new("purpose").string().not_null())
            .col(ColumnDef::new("blob").string().not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("attempts").integer().not_null())
            .col(ColumnDef::new("available_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("ladder_id").uuid())
            .col(ColumnDef::new("last_error").text())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("uploader_id").uuid())
            .col(ColumnDef::new("priority").integer().not_null().default(0))
            .col(ColumnDef::new("sha256").string_len(64).not_null().default(""))
            .col(ColumnDef::new("size_bytes").big_integer().not_null().default(0))
            .col(ColumnDef::new("recipe").string())
            .col(ColumnDef::new("result").json_binary())
            .col(ColumnDef::new("failure").json_binary())
            .to_owned();
        manager.create_table(job).await?;
        let database = manager.get_connection();
        database.execute_unprepared(&format!("INSERT INTO job ({COLUMNS}, purpose) SELECT {COLUMNS}, 'ladder' FROM job_before")).await?;
        // Its indices go with it, and their names are free again.
        manager.drop_table(Table::drop().table("job_before").to_owned()).await?;
        let index = |name: &str, columns: &[&'static str]| {
            let mut index = Index::create().name(name).table("job").to_owned();
            for column in columns {
                index.col(*column);
            }
            index
        };
        manager.create_index(index("job_by_upload", &["upload_id", "purpose"]).unique().to_owned()).await?;
        manager.create_index(index("job_by_purpose", &["purpose", "state"])).await?;
        manager.create_index(index("job_by_availability", &["state", "available_at"])).await?;
        manager.create_index(index("job_by_track", &["track_id"])).await?;
        manager.create_index(index("job_by_content", &["sha256"])).await?;
        // The same bytes are never in two workers' hands at the same time. Neither builder of indices writes conditions.
        let database = manager.get_connection();
        database.execute_unprepared("CREATE UNIQUE INDEX job_running_content ON job (sha256) WHERE state = 'RUNNING' AND sha256 <> ''").await.map(drop)
    }
}
