//! Genres in table `genre`.

use async_trait::async_trait;
use kernel::{Id, PortError};
use platform::database::{Database, store_error};
use sea_orm::{EntityTrait as _, QueryOrder as _};

use super::entity::genre::{Column, Entity};
use crate::application::ports::GenreRepository;
use crate::domain::genre::Genre;

/// [`GenreRepository`] in SQL.
pub struct SqlGenreRepository {
    database: Database,
}

impl SqlGenreRepository {
    /// Genres in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl GenreRepository for SqlGenreRepository {
    async fn all(&self) -> Result<Vec<Genre>, PortError> {
        // By slug: the same order whatever a database thinks of capitals.
        let rows = Entity::find().order_by_asc(Column::Slug).all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|row| Genre { id: Id::from_uuid(row.id), slug: row.slug, name: row.name }).collect())
    }
}
