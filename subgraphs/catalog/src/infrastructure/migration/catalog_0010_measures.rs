//! What is measured of a track's sound, besides its length and loudness.

use sea_orm_migration::prelude::*;

pub(super) struct AddMeasures;

impl MigrationName for AddMeasures {
    fn name(&self) -> &'static str {
        "catalog_0010_measures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddMeasures {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("track").add_column(ColumnDef::new("measures").json_binary()).to_owned()).await
    }
}
