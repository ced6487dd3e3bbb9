//! The audit, which the database itself lets nobody change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(super) struct CreateAudit;

impl MigrationName for CreateAudit {
    fn name(&self) -> &'static str {
        "users_0011_audit"
    }
}

const SQLITE: [&str; 2] = [
    "CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
];

const POSTGRES: [&str; 2] = [
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
];

#[async_trait::async_trait]
impl MigrationTrait for CreateAudit {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new("actor_id").uuid())
                    .col(ColumnDef::new("action").text().not_null())
                    // No foreign key: a line outlives the account it is about.
                    .col(ColumnDef::new("user_id").uuid().not_null())
                    .col(ColumnDef::new("address").text())
                    .col(ColumnDef::new("device").text())
                    .col(ColumnDef::new("before").json_binary())
                    .col(ColumnDef::new("after").json_binary())
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("audit_user_id").table("audit").col("user_id").col("id").to_owned()).await?;
        let guards = if manager.get_database_backend() == DbBackend::Sqlite { SQLITE } else { POSTGRES };
        for guard in guards {
            manager.get_connection().execute_unprepared(guard).await?;
        }
        Ok(())
    }
}
