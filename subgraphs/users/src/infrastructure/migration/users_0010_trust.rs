//! What makes an account trustworthy: names that do not look alike, proved addresses, tickets, sessions one can recognise; and what
//! shuts one.

use std::collections::HashSet;

use sea_orm_migration::prelude::*;

use crate::domain::username::Username;

pub(super) struct AddTrust;

impl MigrationName for AddTrust {
    fn name(&self) -> &'static str {
        "users_0010_trust"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddTrust {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite cannot add several.
        for column in [
            ColumnDef::new("skeleton").text().take(),
            ColumnDef::new("email_verified_at").timestamp_with_time_zone().take(),
            ColumnDef::new("suspended_at").timestamp_with_time_zone().take(),
        ] {
            manager.alter_table(Table::alter().table("user").add_column(column).to_owned()).await?;
        }
        fill_skeletons(manager).await?;
        manager.create_index(Index::create().unique().name("user_skeleton").table("user").col("skeleton").to_owned()).await?;
        for column in
            [ColumnDef::new("last_used_at").timestamp_with_time_zone().take(), ColumnDef::new("address").text().take(), ColumnDef::new("device").text().take()]
        {
            manager.alter_table(Table::alter().table("session").add_column(column).to_owned()).await?;
        }
        manager.create_index(Index::create().name("session_ended_at").table("session").col("ended_at").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("ticket")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("purpose").text().not_null())
                    .col(ColumnDef::new("email").text().not_null())
                    .col(ColumnDef::new("group_id").uuid())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("used_at").timestamp_with_time_zone())
                    .foreign_key(ForeignKey::create().name("ticket_user").from("ticket", "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("ticket_user_id").table("ticket").col("user_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("forgotten_password")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("login").text().not_null())
                    .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }
}

/// Of accounts that look alike already, the first keeps its claim; the others stay without, for nobody loses their name.
async fn fill_skeletons(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let every = Query::select().columns(["id", "username"]).from("user").order_by("created_at", Order::Asc).to_owned();
    let mut taken = HashSet::new();
    for row in connection.query_all(&every).await? {
        let (id, username): (sea_orm::prelude::Uuid, String) = (row.try_get("", "id")?, row.try_get("", "username")?);
        let skeleton = Username::from_stored(username).skeleton();
        if taken.insert(skeleton.clone()) {
            let fill = Query::update().table("user").value("skeleton", skeleton).and_where(Expr::col("id").eq(id)).to_owned();
            connection.execute(&fill).await?;
        }
    }
    Ok(())
}
