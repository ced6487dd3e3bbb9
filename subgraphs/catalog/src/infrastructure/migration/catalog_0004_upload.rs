//! Files on their way in. No foreign keys: an upload outlives what it was for, until its bytes are gone.

use sea_orm_migration::prelude::*;

pub(super) struct CreateUpload;

impl MigrationName for CreateUpload {
    fn name(&self) -> &'static str {
        "catalog_0004_upload"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateUpload {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("upload")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("purpose").text().not_null())
                    .col(ColumnDef::new("subject_id").uuid().not_null())
                    .col(ColumnDef::new("uploader_id").uuid().not_null())
                    .col(ColumnDef::new("file_name").text().not_null())
                    .col(ColumnDef::new("media_type").text().not_null())
                    .col(ColumnDef::new("size_bytes").big_integer().not_null())
                    .col(ColumnDef::new("sha256").text().not_null())
                    .col(ColumnDef::new("state").text().not_null())
                    .col(ColumnDef::new("attempt").integer().not_null())
                    .col(ColumnDef::new("lease_until").timestamp_with_time_zone())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("upload_subject_id").table("upload").col("subject_id").to_owned()).await?;
        manager.create_index(Index::create().name("upload_state_expires_at").table("upload").col("state").col("expires_at").to_owned()).await
    }
}
