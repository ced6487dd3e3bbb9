//! Whom a mail is about, so that it can be found for them and forgotten with them.

use sea_orm_migration::prelude::*;

pub(super) struct AddMailUser;

impl MigrationName for AddMailUser {
    fn name(&self) -> &'static str {
        "notifications_0002_mail_user"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddMailUser {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Null in mail that was queued before; it leaves, or is given up, within days.
        manager.alter_table(Table::alter().table("mail").add_column(ColumnDef::new("user_id").uuid()).to_owned()).await?;
        manager.create_index(Index::create().name("mail_user_id").table("mail").col("user_id").to_owned()).await
    }
}
