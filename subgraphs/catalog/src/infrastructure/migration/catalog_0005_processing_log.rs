//! How the processing of a track's upload went.

use sea_orm_migration::prelude::*;

pub(super) struct AddProcessingLog;

impl MigrationName for AddProcessingLog {
    fn name(&self) -> &'static str {
        "catalog_0005_processing_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddProcessingLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new("processing_log").json_binary().not_null().default("[]").to_owned();
        manager.alter_table(Table::alter().table("track").add_column(column).to_owned()).await
    }
}
