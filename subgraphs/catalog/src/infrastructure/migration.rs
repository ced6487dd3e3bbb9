//! The tables' history. The same statements run on SQLite and PostgreSQL.

mod catalog_0001_genre;
mod catalog_0002_artist;
mod catalog_0003_track;
mod catalog_0004_upload;
mod catalog_0005_processing_log;
mod catalog_0010_measures;
mod catalog_0011_review;
mod catalog_0012_track_loudness;

use platform::database::with_platform_migrations;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations of this context.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        with_platform_migrations(vec![
            Box::new(catalog_0001_genre::CreateGenre),
            Box::new(catalog_0002_artist::CreateArtist),
            Box::new(catalog_0003_track::CreateTrack),
            Box::new(catalog_0004_upload::CreateUpload),
            Box::new(catalog_0005_processing_log::AddProcessingLog),
            Box::new(catalog_0010_measures::AddMeasures),
            Box::new(catalog_0011_review::CreateReview),
            Box::new(catalog_0012_track_loudness::CreateTrackLoudness),
        ])
    }
}
