//! The rights of a person: whole registrations, copies, and an end that leaves nothing.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(super) struct CreateRights;

impl MigrationName for CreateRights {
    fn name(&self) -> &'static str {
        "users_0040_rights"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateRights {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_registration(manager).await?;
        create_data_export(manager).await?;
        create_deletion(manager).await?;
        let ended_session = Table::create()
            .table("ended_session")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("ended_at").timestamp_with_time_zone().not_null())
            .to_owned();
        manager.create_table(ended_session).await?;
        let guards: &[&str] = if manager.get_database_backend() == DbBackend::Sqlite { &SQLITE } else { &POSTGRES };
        for guard in guards {
            manager.get_connection().execute_unprepared(guard).await?;
        }
        Ok(())
    }
}

async fn create_registration(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("registration")
                .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
                .col(ColumnDef::new("step").text().not_null())
                .col(ColumnDef::new("since").timestamp_with_time_zone().not_null())
                .foreign_key(&mut of_user("registration"))
                .to_owned(),
        )
        .await?;
    manager.create_index(Index::create().name("registration_step_since").table("registration").col("step").col("since").to_owned()).await
}

async fn create_data_export(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("data_export")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                .col(ColumnDef::new("user_id").uuid().not_null())
                .col(ColumnDef::new("requested_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("ready_at").timestamp_with_time_zone())
                .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
                .col(ColumnDef::new("size_bytes").big_integer())
                .foreign_key(&mut of_user("data_export"))
                .to_owned(),
        )
        .await?;
    manager.create_index(Index::create().name("data_export_user_id").table("data_export").col("user_id").to_owned()).await
}

async fn create_deletion(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("deletion")
                .col(ColumnDef::new("id").uuid().not_null().primary_key())
                // No foreign key: it outlives the account.
                .col(ColumnDef::new("user_id").uuid().unique_key())
                .col(ColumnDef::new("reason").text().not_null())
                .col(ColumnDef::new("requested_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("due_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("begun_at").timestamp_with_time_zone())
                .col(ColumnDef::new("completed_at").timestamp_with_time_zone())
                .col(ColumnDef::new("blobs").json_binary().not_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("answer")
                .col(ColumnDef::new("request_id").uuid().not_null())
                .col(ColumnDef::new("context").text().not_null())
                .col(ColumnDef::new("attempts").integer().not_null())
                .col(ColumnDef::new("asked_at").timestamp_with_time_zone().not_null())
                .col(ColumnDef::new("answered_at").timestamp_with_time_zone())
                .primary_key(Index::create().col("request_id").col("context"))
                .to_owned(),
        )
        .await
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("{table}_user")).from(table, "user_id").to("user", "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

/// The audit stays append-only but for one thing: a line may lose who did it, to whom and from where. Nothing can be put in their place.
const SQLITE: [&str; 2] = [
    "DROP TRIGGER audit_not_changed",
    "CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit WHEN NOT (
        NEW.id IS OLD.id AND NEW.at IS OLD.at AND NEW.action IS OLD.action
        AND (NEW.user_id IS OLD.user_id OR NEW.user_id = zeroblob(16))
        AND (NEW.actor_id IS NULL OR NEW.actor_id IS OLD.actor_id)
        AND (NEW.address IS NULL OR NEW.address IS OLD.address)
        AND (NEW.device IS NULL OR NEW.device IS OLD.device)
        AND (NEW.\"before\" IS NULL OR NEW.\"before\" IS OLD.\"before\")
        AND (NEW.\"after\" IS NULL OR NEW.\"after\" IS OLD.\"after\")
    ) BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
];

const POSTGRES: [&str; 4] = [
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.action = OLD.action
                AND (NEW.user_id = OLD.user_id OR NEW.user_id = '00000000-0000-0000-0000-000000000000')
                AND (NEW.actor_id IS NULL OR NEW.actor_id = OLD.actor_id)
                AND (NEW.address IS NULL OR NEW.address = OLD.address)
                AND (NEW.device IS NULL OR NEW.device = OLD.device)
                AND (NEW.\"before\" IS NULL OR NEW.\"before\" = OLD.\"before\")
                AND (NEW.\"after\" IS NULL OR NEW.\"after\" = OLD.\"after\")
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit is append-only';
    END $$",
    "DROP TRIGGER audit_append_only ON audit",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
];
