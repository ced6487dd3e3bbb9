//! Albums in table `album`.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::{AlbumId, ArtistId, TrackId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::conflict::{changed, conflict, expect_row};
use super::entity::album::{ActiveModel, Column, Entity, Model};
use super::keyset::{Columns, contains};
use super::track_loudness;
use super::track_repository::delete_tracks;
use super::upload_repository::discard_of;
use crate::application::listing::Slice;
use crate::application::ports::{AlbumFilter, AlbumRepository};
use crate::domain::album::Album;
use crate::domain::album_loudness::TrackLoudness;
use crate::domain::name::Name;

const COLUMNS: Columns<Column> = Columns { id: Column::Id, name_key: Column::TitleKey, position: None };
/// Ids in one statement; stores limit how many.
pub(super) const CHUNK: usize = 500;

/// [`AlbumRepository`] in SQL.
pub struct SqlAlbumRepository {
    database: Database,
}

impl SqlAlbumRepository {
    /// Albums in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AlbumRepository for SqlAlbumRepository {
    async fn add(&self, album: &Album, events: &[Event]) -> Result<(), PortError> {
        let added = self.database.write(|txn| {
            Box::pin(async move {
                Entity::insert(row_of(album).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                outbox::append(txn, events).await
            })
        });
        added.await.map_err(conflict)
    }

    async fn save(&self, album: &Album, events: &[Event]) -> Result<(), PortError> {
        let saved = self.database.write(|txn| {
            Box::pin(async move {
                save(txn, album).await?;
                outbox::append(txn, events).await
            })
        });
        saved.await.map_err(conflict)
    }

    async fn remove(&self, id: AlbumId, tracks: &[TrackId], events: &[Event]) -> Result<(), PortError> {
        let removed = self.database.write(|txn| {
            Box::pin(async move {
                delete_tracks(txn, tracks).await?;
                if delete_albums(txn, &[id]).await? == 0 {
                    return Err(changed());
                }
                outbox::append(txn, events).await
            })
        });
        removed.await.map_err(conflict)
    }

    async fn find(&self, ids: &[AlbumId]) -> Result<Vec<Album>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        Ok(query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(album_of).collect())
    }

    async fn list(&self, filter: &AlbumFilter, slice: &Slice) -> Result<Vec<Album>, PortError> {
        let query = Entity::find()
            .apply_if(filter.artist_id, |query, id| query.filter(Column::ArtistId.eq(id.uuid())))
            .apply_if(filter.owner_id, |query, id| query.filter(Column::OwnerId.eq(id.uuid())))
            .apply_if(filter.title.as_deref(), |query, key| query.filter(Column::TitleKey.eq(key)))
            .apply_if(filter.title_contains.as_deref(), |query, part| query.filter(contains(Column::TitleKey, part)));
        Ok(COLUMNS.slice(query, slice).all(self.database.read()).await.map_err(store_error)?.into_iter().map(album_of).collect())
    }

    async fn list_by_artist(&self, artists: &[ArtistId], slice: &Slice) -> Result<HashMap<ArtistId, Vec<Album>>, PortError> {
        let query = Entity::find().filter(Column::ArtistId.is_in(artists.iter().map(|id| id.uuid())));
        let rows = COLUMNS.slice_of_each(query, Column::ArtistId, slice).all(self.database.read()).await.map_err(store_error)?;
        let mut albums: HashMap<_, Vec<_>> = HashMap::new();
        for album in rows.into_iter().map(album_of) {
            albums.entry(album.artist_id).or_default().push(album);
        }
        Ok(albums)
    }

    async fn loudness(&self, albums: &[AlbumId]) -> Result<HashMap<AlbumId, Vec<TrackLoudness>>, PortError> {
        track_loudness::of_albums(&self.database, albums).await
    }

    async fn ids_of(&self, artist: ArtistId) -> Result<Vec<AlbumId>, PortError> {
        let query = Entity::find().select_only().column(Column::Id).filter(Column::ArtistId.eq(artist.uuid()));
        let ids: Vec<Uuid> = query.into_tuple().all(self.database.read()).await.map_err(store_error)?;
        Ok(ids.into_iter().map(Id::from_uuid).collect())
    }
}

/// Changes the album's row, which must be as it was read.
pub(super) async fn save(txn: &Transaction<'_>, album: &Album) -> Result<(), PortError> {
    let row = Model { version: album.version + 1, ..row_of(album) };
    let row = ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model().reset_all() };
    let query = Entity::update_many().set(row).filter(Column::Id.eq(album.id.uuid())).filter(Column::Version.eq(album.version));
    expect_row(&query.exec(&**txn).await.map_err(store_error)?)
}

/// Deletes albums that hold no tracks; returns how many. Their uploads are discarded.
pub(super) async fn delete_albums(txn: &Transaction<'_>, ids: &[AlbumId]) -> Result<u64, PortError> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    discard_of(txn, &ids).await?;
    let mut deleted = 0;
    for chunk in ids.chunks(CHUNK) {
        deleted += Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied())).exec(&**txn).await.map_err(store_error)?.rows_affected;
    }
    Ok(deleted)
}

fn row_of(album: &Album) -> Model {
    Model {
        id: album.id.uuid(),
        owner_id: album.owner_id.uuid(),
        artist_id: album.artist_id.uuid(),
        title: album.title.as_str().to_owned(),
        title_key: album.title.key().to_owned(),
        release_date: album.release_date,
        artwork_id: album.artwork_id.map(Id::uuid),
        created_at: album.created_at,
        version: album.version,
    }
}

fn album_of(row: Model) -> Album {
    Album {
        id: Id::from_uuid(row.id),
        owner_id: Id::from_uuid(row.owner_id),
        artist_id: Id::from_uuid(row.artist_id),
        title: Name::from_stored(row.title, row.title_key),
        release_date: row.release_date,
        artwork_id: row.artwork_id.map(Id::from_uuid),
        created_at: row.created_at,
        version: row.version,
    }
}
