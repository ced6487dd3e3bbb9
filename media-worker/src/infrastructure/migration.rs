//! The tables of the media worker, in the order they came to be.

mod m0001_job;
mod m0002_queue;
mod m0003_purpose;

use platform::database::with_platform_migrations;
use sea_orm_migration::prelude::*;

/// All of them.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![Box::new(m0001_job::CreateJob), Box::new(m0002_queue::ExtendQueue), Box::new(m0003_purpose::AddPurpose)])
    }
}
