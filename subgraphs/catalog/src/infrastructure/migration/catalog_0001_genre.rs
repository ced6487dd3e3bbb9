//! Genres: the same list in every installation, which the kernel has.

use kernel::genre::GENRES;
use sea_orm_migration::prelude::*;

pub(super) struct CreateGenre;

impl MigrationName for CreateGenre {
    fn name(&self) -> &'static str {
        "catalog_0001_genre"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateGenre {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("genre")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("slug").text().not_null().unique_key())
                    .col(ColumnDef::new("name").text().not_null())
                    .to_owned(),
            )
            .await?;
        let mut insert = Query::insert();
        insert.into_table("genre").columns(["id", "slug", "name"]);
        for genre in GENRES {
            insert.values_panic([genre.id().uuid().into(), genre.slug.into(), genre.name.into()]);
        }
        manager.execute(insert).await
    }
}
