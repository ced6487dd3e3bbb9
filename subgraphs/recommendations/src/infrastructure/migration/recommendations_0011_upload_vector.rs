//! Several vectors an upload, one a space, so that a new model can be complete before the old one goes; and which space answers.

use sea_orm_migration::prelude::*;

pub(super) struct CreateUploadVector;

impl MigrationName for CreateUploadVector {
    fn name(&self) -> &'static str {
        "recommendations_0011_upload_vector"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateUploadVector {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite cannot change a primary key.
        manager
            .create_table(
                Table::create()
                    .table("upload_vector")
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .col(ColumnDef::new("space").string().not_null())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("vector").binary().not_null())
                    .primary_key(Index::create().col("upload_id").col("space"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("upload_vector_track_id").table("upload_vector").col("track_id").to_owned()).await?;
        let copy = "INSERT INTO upload_vector (upload_id, space, track_id, vector) SELECT upload_id, space, track_id, vector FROM track_vector";
        manager.get_connection().execute_unprepared(copy).await?;
        manager.drop_table(Table::drop().table("track_vector").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("serving_space")
                    .col(ColumnDef::new("id").integer().not_null().primary_key())
                    .col(ColumnDef::new("space").string().not_null())
                    .to_owned(),
            )
            .await
    }
}
