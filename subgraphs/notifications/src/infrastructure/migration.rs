//! The tables' history. The same statements run on SQLite and PostgreSQL.

mod notifications_0001_mail;
mod notifications_0002_mail_user;
mod notifications_0003_mail_about;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![
            Box::new(notifications_0001_mail::CreateMail),
            Box::new(notifications_0002_mail_user::AddMailUser),
            Box::new(notifications_0003_mail_about::AddMailAbout),
        ])
    }
}
