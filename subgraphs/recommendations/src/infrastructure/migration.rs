//! The tables' history. The same statements run on SQLite and PostgreSQL.

mod recommendations_0001_taste_profile;
mod recommendations_0010_track_vector;
mod recommendations_0011_upload_vector;
mod recommendations_0012_track_label;
mod recommendations_0013_rebuild;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![
            Box::new(recommendations_0001_taste_profile::CreateTasteProfile),
            Box::new(recommendations_0010_track_vector::CreateTrackVector),
            Box::new(recommendations_0011_upload_vector::CreateUploadVector),
            Box::new(recommendations_0012_track_label::CreateTrackLabel),
            Box::new(recommendations_0013_rebuild::CreateRebuild),
        ])
    }
}
