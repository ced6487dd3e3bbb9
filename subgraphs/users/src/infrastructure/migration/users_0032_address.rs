//! Addresses belong to who has proved them: until then several accounts may name one, and none can be found by it.

use sea_orm_migration::prelude::*;

use crate::domain::email::Email;

pub(super) struct FreeAddresses;

impl MigrationName for FreeAddresses {
    fn name(&self) -> &'static str {
        "users_0032_address"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for FreeAddresses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("user").add_column(ColumnDef::new("address_key").text()).to_owned()).await?;
        manager.create_index(Index::create().name("user_address_key").table("user").col("address_key").to_owned()).await?;
        let connection = manager.get_connection();
        let every = Query::select().columns(["id", "email", "email_verified_at"]).from("user").to_owned();
        for row in connection.query_all(&every).await? {
            let (id, email): (sea_orm::prelude::Uuid, String) = (row.try_get("", "id")?, row.try_get("", "email")?);
            let proved: Option<sea_orm::prelude::DateTimeUtc> = row.try_get("", "email_verified_at")?;
            let mut fill = Query::update();
            fill.table("user").value("address_key", Email::from_stored(email).key()).and_where(Expr::col("id").eq(id));
            if proved.is_none() {
                fill.value("email_key", id.to_string());
            }
            connection.execute(&fill).await?;
        }
        Ok(())
    }
}
