//! Tracks and their genres.

use sea_orm_migration::prelude::*;

pub(super) struct CreateTrack;

impl MigrationName for CreateTrack {
    fn name(&self) -> &'static str {
        "catalog_0003_track"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTrack {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("track")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("owner_id").uuid().not_null())
                    .col(ColumnDef::new("artist_id").uuid().not_null())
                    .col(ColumnDef::new("album_id").uuid())
                    .col(ColumnDef::new("album_key").uuid().not_null())
                    .col(ColumnDef::new("title").text().not_null())
                    .col(ColumnDef::new("title_key").text().not_null())
                    .col(ColumnDef::new("track_number").integer())
                    .col(ColumnDef::new("disc_number").integer().not_null())
                    .col(ColumnDef::new("position").big_integer().not_null())
                    .col(ColumnDef::new("explicit").boolean().not_null())
                    .col(ColumnDef::new("isrc").text())
                    .col(ColumnDef::new("state").text().not_null())
                    .col(ColumnDef::new("percent").integer().not_null())
                    .col(ColumnDef::new("failure_reason").text())
                    .col(ColumnDef::new("duration_ms").big_integer())
                    .col(ColumnDef::new("loudness_lufs").double())
                    .col(ColumnDef::new("upload_id").uuid())
                    .col(ColumnDef::new("uploader_id").uuid())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("published_at").timestamp_with_time_zone())
                    .col(ColumnDef::new("version").integer().not_null())
                    .foreign_key(ForeignKey::create().name("track_artist").from("track", "artist_id").to("artist", "id").on_delete(ForeignKeyAction::NoAction))
                    .foreign_key(ForeignKey::create().name("track_album").from("track", "album_id").to("album", "id").on_delete(ForeignKeyAction::NoAction))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .unique()
                    .name("track_artist_id_album_key_position_title_key")
                    .table("track")
                    .col("artist_id")
                    .col("album_key")
                    .col("position")
                    .col("title_key")
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("track_order_by_title").table("track").col("title_key").col("id").to_owned()).await?;
        manager.create_index(Index::create().name("track_album_id").table("track").col("album_id").col("position").col("id").to_owned()).await?;
        manager.create_index(Index::create().name("track_owner_id").table("track").col("owner_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("track_genre")
                    .col(ColumnDef::new("track_id").uuid().not_null())
                    .col(ColumnDef::new("genre_id").uuid().not_null())
                    .col(ColumnDef::new("place").integer().not_null())
                    .primary_key(Index::create().col("track_id").col("genre_id"))
                    .foreign_key(
                        ForeignKey::create().name("track_genre_track").from("track_genre", "track_id").to("track", "id").on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create().name("track_genre_genre").from("track_genre", "genre_id").to("genre", "id").on_delete(ForeignKeyAction::NoAction),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("track_genre_genre_id").table("track_genre").col("genre_id").to_owned()).await
    }
}
