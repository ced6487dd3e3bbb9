//! Accounts that are premium until a day.

use sea_orm_migration::prelude::*;

pub(super) struct AddPremium;

impl MigrationName for AddPremium {
    fn name(&self) -> &'static str {
        "users_0051_premium"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddPremium {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let premium_until = ColumnDef::new("premium_until").timestamp_with_time_zone().to_owned();
        manager.alter_table(Table::alter().table("user").add_column(premium_until).to_owned()).await
    }
}
