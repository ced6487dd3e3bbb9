//! Artists and their albums.

use sea_orm_migration::prelude::*;

pub(super) struct CreateArtist;

impl MigrationName for CreateArtist {
    fn name(&self) -> &'static str {
        "catalog_0002_artist"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateArtist {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("artist")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("owner_id").uuid().not_null())
                    .col(ColumnDef::new("name").text().not_null())
                    .col(ColumnDef::new("name_key").text().not_null())
                    .col(ColumnDef::new("bio").text())
                    .col(ColumnDef::new("artwork_id").uuid())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("version").integer().not_null())
                    .to_owned(),
            )
            .await?;
        // The repositories tell by the ends of these names that a name or title was taken.
        manager.create_index(Index::create().unique().name("artist_owner_id_name_key").table("artist").col("owner_id").col("name_key").to_owned()).await?;
        manager.create_index(Index::create().name("artist_order_by_name").table("artist").col("name_key").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("album")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("owner_id").uuid().not_null())
                    .col(ColumnDef::new("artist_id").uuid().not_null())
                    .col(ColumnDef::new("title").text().not_null())
                    .col(ColumnDef::new("title_key").text().not_null())
                    .col(ColumnDef::new("release_date").date())
                    .col(ColumnDef::new("artwork_id").uuid())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("version").integer().not_null())
                    .foreign_key(ForeignKey::create().name("album_artist").from("album", "artist_id").to("artist", "id").on_delete(ForeignKeyAction::NoAction))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().unique().name("album_artist_id_title_key").table("album").col("artist_id").col("title_key").to_owned()).await?;
        manager.create_index(Index::create().name("album_order_by_title").table("album").col("title_key").col("id").to_owned()).await?;
        manager.create_index(Index::create().name("album_owner_id").table("album").col("owner_id").to_owned()).await
    }
}
