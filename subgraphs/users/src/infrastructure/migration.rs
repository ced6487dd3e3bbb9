//! The tables' history. The same statements run on SQLite and PostgreSQL.

mod users_0001_account;
mod users_0002_session;
mod users_0003_signing_key;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![
            Box::new(users_0001_account::CreateAccount),
            Box::new(users_0002_session::CreateSession),
            Box::new(users_0003_signing_key::CreateSigningKey),
        ])
    }
}
