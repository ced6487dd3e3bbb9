//! Recordings by their fingerprints, and those that are known already.

use sea_orm_migration::prelude::*;

pub(super) struct CreateReview;

impl MigrationName for CreateReview {
    fn name(&self) -> &'static str {
        "catalog_0011_review"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateReview {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new("publish_wanted").boolean().not_null().default(false).to_owned();
        manager.alter_table(Table::alter().table("track").add_column(column).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("fingerprint")
                    .col(ColumnDef::new("upload_id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("items").binary().not_null())
                    .col(ColumnDef::new("rejected").boolean().not_null())
                    .foreign_key(
                        ForeignKey::create().name("fingerprint_track").from("fingerprint", "track_id").to("track", "id").on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("fingerprint_track_id").table("fingerprint").col("track_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("fingerprint_term")
                    .col(ColumnDef::new("term").integer().not_null())
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .primary_key(Index::create().col("term").col("upload_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("fingerprint_term_fingerprint")
                            .from("fingerprint_term", "upload_id")
                            .to("fingerprint", "upload_id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("fingerprint_term_upload_id").table("fingerprint_term").col("upload_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("fingerprint_generation")
                    .col(ColumnDef::new("id").integer().not_null().primary_key())
                    .col(ColumnDef::new("generation").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        let first = Query::insert().into_table("fingerprint_generation").columns(["id", "generation"]).values_panic([1.into(), 0_i64.into()]).to_owned();
        manager.execute(first).await?;
        manager
            .create_table(
                Table::create()
                    .table("recording_review")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("upload_id").uuid().not_null())
                    .col(ColumnDef::new("matched_track_id").uuid().not_null())
                    .col(ColumnDef::new("similarity").double().not_null())
                    .col(ColumnDef::new("offset_ms").big_integer().not_null())
                    .col(ColumnDef::new("overlap_ms").big_integer().not_null())
                    .col(ColumnDef::new("state").text().not_null())
                    .col(ColumnDef::new("opened_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("decided_by").uuid())
                    .col(ColumnDef::new("decided_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("reason").text())
                    .foreign_key(
                        ForeignKey::create()
                            .name("recording_review_track")
                            .from("recording_review", "track_id")
                            .to("track", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("recording_review_track_id").table("recording_review").col("track_id").to_owned()).await?;
        manager.create_index(Index::create().unique().name("recording_review_upload_id").table("recording_review").col("upload_id").to_owned()).await?;
        manager.create_index(Index::create().name("recording_review_queue").table("recording_review").col("state").col("id").to_owned()).await
    }
}
