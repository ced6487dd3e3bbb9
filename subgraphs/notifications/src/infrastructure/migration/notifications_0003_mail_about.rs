//! What a mail is about, where it is not the account itself.

use sea_orm_migration::prelude::*;

pub(super) struct AddMailAbout;

impl MigrationName for AddMailAbout {
    fn name(&self) -> &'static str {
        "notifications_0003_mail_about"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddMailAbout {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("mail").add_column(ColumnDef::new("about").json_binary()).to_owned()).await
    }
}
