//! What ladders got beside their first renditions.

use sea_orm_migration::prelude::*;

pub(super) struct AddOutputs;

impl MigrationName for AddOutputs {
    fn name(&self) -> &'static str {
        "playback_0002_outputs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddOutputs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        for column in [
            ColumnDef::new("lossless").json_binary().not_null().default("[]").to_owned(),
            ColumnDef::new("dash").boolean().not_null().default(false).to_owned(),
            ColumnDef::new("downloads").json_binary().not_null().default("[]").to_owned(),
        ] {
            manager.alter_table(Table::alter().table("ladder").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
