//! The tables, oldest change first.

mod playback_0001_ladder;
mod playback_0002_outputs;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![Box::new(playback_0001_ladder::CreateLadder), Box::new(playback_0002_outputs::AddOutputs)])
    }
}
