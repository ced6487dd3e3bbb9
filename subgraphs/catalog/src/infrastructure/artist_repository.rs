//! Artists in table `artist`.

use async_trait::async_trait;
use kernel::id::{AlbumId, ArtistId, TrackId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::{ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryTrait as _};

use super::album_repository::delete_albums;
use super::conflict::{changed, conflict, expect_row};
use super::entity::artist::{ActiveModel, Column, Entity, Model};
use super::keyset::{Columns, contains};
use super::track_repository::delete_tracks;
use super::upload_repository::discard_of;
use crate::application::listing::Slice;
use crate::application::ports::{ArtistFilter, ArtistRepository};
use crate::domain::artist::Artist;
use crate::domain::bio::Bio;
use crate::domain::name::Name;

const COLUMNS: Columns<Column> = Columns { id: Column::Id, name_key: Column::NameKey, position: None };

/// [`ArtistRepository`] in SQL.
pub struct SqlArtistRepository {
    database: Database,
}

impl SqlArtistRepository {
    /// Artists in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ArtistRepository for SqlArtistRepository {
    async fn add(&self, artist: &Artist, events: &[Event]) -> Result<(), PortError> {
        let added = self.database.write(|txn| {
            Box::pin(async move {
                Entity::insert(row_of(artist).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                outbox::append(txn, events).await
            })
        });
        added.await.map_err(conflict)
    }

    async fn save(&self, artist: &Artist, events: &[Event]) -> Result<(), PortError> {
        let saved = self.database.write(|txn| {
            Box::pin(async move {
                save(txn, artist).await?;
                outbox::append(txn, events).await
            })
        });
        saved.await.map_err(conflict)
    }

    async fn remove(&self, id: ArtistId, albums: &[AlbumId], tracks: &[TrackId], events: &[Event]) -> Result<(), PortError> {
        let removed = self.database.write(|txn| {
            Box::pin(async move {
                delete_tracks(txn, tracks).await?;
                delete_albums(txn, albums).await?;
                discard_of(txn, &[id.uuid()]).await?;
                let deleted = Entity::delete_by_id(id.uuid()).exec(&**txn).await.map_err(store_error)?;
                if deleted.rows_affected == 0 {
                    return Err(changed());
                }
                outbox::append(txn, events).await
            })
        });
        removed.await.map_err(conflict)
    }

    async fn find(&self, ids: &[ArtistId]) -> Result<Vec<Artist>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        Ok(query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(artist_of).collect())
    }

    async fn list(&self, filter: &ArtistFilter, slice: &Slice) -> Result<Vec<Artist>, PortError> {
        let query = Entity::find()
            .apply_if(filter.owner_id, |query, id| query.filter(Column::OwnerId.eq(id.uuid())))
            .apply_if(filter.name.as_deref(), |query, key| query.filter(Column::NameKey.eq(key)))
            .apply_if(filter.name_contains.as_deref(), |query, part| query.filter(contains(Column::NameKey, part)));
        Ok(COLUMNS.slice(query, slice).all(self.database.read()).await.map_err(store_error)?.into_iter().map(artist_of).collect())
    }

    async fn ids_of(&self, owner: UserId) -> Result<Vec<ArtistId>, PortError> {
        let rows = Entity::find().filter(Column::OwnerId.eq(owner.uuid())).all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|row| Id::from_uuid(row.id)).collect())
    }
}

/// Changes the artist's row, which must be as it was read.
pub(super) async fn save(txn: &Transaction<'_>, artist: &Artist) -> Result<(), PortError> {
    let row = Model { version: artist.version + 1, ..row_of(artist) };
    let row = ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model().reset_all() };
    let query = Entity::update_many().set(row).filter(Column::Id.eq(artist.id.uuid())).filter(Column::Version.eq(artist.version));
    expect_row(&query.exec(&**txn).await.map_err(store_error)?)
}

fn row_of(artist: &Artist) -> Model {
    Model {
        id: artist.id.uuid(),
        owner_id: artist.owner_id.uuid(),
        name: artist.name.as_str().to_owned(),
        name_key: artist.name.key().to_owned(),
        bio: artist.bio.as_ref().map(|bio| bio.as_str().to_owned()),
        artwork_id: artist.artwork_id.map(Id::uuid),
        created_at: artist.created_at,
        version: artist.version,
    }
}

fn artist_of(row: Model) -> Artist {
    Artist {
        id: Id::from_uuid(row.id),
        owner_id: Id::from_uuid(row.owner_id),
        name: Name::from_stored(row.name, row.name_key),
        bio: row.bio.map(Bio::from_stored),
        artwork_id: row.artwork_id.map(Id::from_uuid),
        created_at: row.created_at,
        version: row.version,
    }
}
