//! Tracks in tables `track` and `track_genre`.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::TrackId;
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::{inbox, outbox};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select,
};
use uuid::Uuid;

use super::album_repository::CHUNK;
use super::conflict::{changed, conflict, expect_row};
use super::entity::track::{ActiveModel, Column, Entity, Model};
use super::entity::{genre, track_genre};
use super::keyset::{Columns, contains};
use super::track_row::{row_of, rows, track_of};
use super::upload_repository::discard_of;
use super::{fingerprint_index, review_repository, track_loudness};
use crate::application::listing::Slice;
use crate::application::ports::{Audience, Parent, Processed, TrackFilter, TrackRepository};
use crate::domain::track::Track;
use crate::domain::track_state::TrackState;

const COLUMNS: Columns<Column> = Columns { id: Column::Id, name_key: Column::TitleKey, position: Some(Column::Position) };

/// [`TrackRepository`] in SQL.
pub struct SqlTrackRepository {
    database: Database,
}

impl SqlTrackRepository {
    /// Tracks in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn tracks(&self, query: Select<Entity>) -> Result<Vec<Track>, PortError> {
        let connection = self.database.read();
        let rows = rows(query, connection.get_database_backend()).all(connection).await.map_err(store_error)?;
        rows.into_iter().map(track_of).collect()
    }

    /// The same slice of the tracks of each of `ids` in `column`.
    async fn slice_of_each(&self, column: Column, ids: Vec<Uuid>, audience: Audience, slice: &Slice) -> Result<Vec<Track>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = visible(Entity::find().filter(column.is_in(ids)), audience);
        self.tracks(COLUMNS.slice_of_each(query, column, slice)).await
    }
}

#[async_trait]
impl TrackRepository for SqlTrackRepository {
    async fn add(&self, track: &Track, events: &[Event]) -> Result<(), PortError> {
        let added = self.database.write(|txn| {
            Box::pin(async move {
                Entity::insert(row_of(track).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                add_genres(txn, track).await?;
                outbox::append(txn, events).await
            })
        });
        added.await.map_err(conflict)
    }

    async fn save(&self, track: &Track, events: &[Event]) -> Result<(), PortError> {
        let saved = self.database.write(|txn| {
            Box::pin(async move {
                save(txn, track).await?;
                track_genre::Entity::delete_many().filter(track_genre::Column::TrackId.eq(track.id.uuid())).exec(&**txn).await.map_err(store_error)?;
                add_genres(txn, track).await?;
                outbox::append(txn, events).await
            })
        });
        saved.await.map_err(conflict)
    }

    async fn save_once(&self, track: &Track, cause: Uuid, processed: &Processed, events: &[Event]) -> Result<bool, PortError> {
        let saved = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, crate::NAME, cause).await? {
                    return Ok(false);
                }
                save(txn, track).await?;
                if let Some(blocks) = &processed.loudness_blocks {
                    track_loudness::put(txn, track.id, blocks).await?;
                }
                if let Some(screened) = &processed.screened {
                    fingerprint_index::add(txn, track.id, screened).await?;
                    if let Some(review) = &screened.review {
                        review_repository::add(txn, review).await?;
                    }
                }
                outbox::append(txn, events).await?;
                Ok(true)
            })
        });
        saved.await.map_err(conflict)
    }

    async fn remove(&self, id: TrackId, events: &[Event]) -> Result<(), PortError> {
        let removed = self.database.write(|txn| {
            Box::pin(async move {
                if delete_tracks(txn, &[id]).await? == 0 {
                    return Err(changed());
                }
                outbox::append(txn, events).await
            })
        });
        removed.await.map_err(conflict)
    }

    async fn find(&self, ids: &[TrackId]) -> Result<Vec<Track>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.tracks(Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))).await
    }

    async fn list(&self, filter: &TrackFilter, slice: &Slice) -> Result<Vec<Track>, PortError> {
        let query = visible(Entity::find(), filter.audience)
            .apply_if(filter.artist_id, |query, id| query.filter(Column::ArtistId.eq(id.uuid())))
            .apply_if(filter.album_id, |query, id| query.filter(Column::AlbumId.eq(id.uuid())))
            .apply_if(filter.owner_id, |query, id| query.filter(Column::OwnerId.eq(id.uuid())))
            .apply_if(filter.state, |query, state| query.filter(Column::State.eq(state)))
            .apply_if(filter.title.as_deref(), |query, key| query.filter(Column::TitleKey.eq(key)))
            .apply_if(filter.title_contains.as_deref(), |query, part| query.filter(contains(Column::TitleKey, part)))
            .apply_if(filter.genre.as_deref(), of_genre);
        self.tracks(COLUMNS.slice(query, slice)).await
    }

    async fn list_by_parent(&self, parents: &[Parent], audience: Audience, slice: &Slice) -> Result<HashMap<Parent, Vec<Track>>, PortError> {
        let (mut artists, mut albums) = (Vec::new(), Vec::new());
        for parent in parents {
            match parent {
                Parent::Artist(id) => artists.push(id.uuid()),
                Parent::Album(id) => albums.push(id.uuid()),
            }
        }
        let mut lists: HashMap<_, Vec<_>> = HashMap::new();
        for track in self.slice_of_each(Column::ArtistId, artists, audience, slice).await? {
            lists.entry(Parent::Artist(track.artist_id)).or_default().push(track);
        }
        for track in self.slice_of_each(Column::AlbumId, albums, audience, slice).await? {
            if let Some(album_id) = track.album_id {
                lists.entry(Parent::Album(album_id)).or_default().push(track);
            }
        }
        Ok(lists)
    }

    async fn ids_of(&self, parent: Parent) -> Result<Vec<TrackId>, PortError> {
        let filter = match parent {
            Parent::Artist(id) => Column::ArtistId.eq(id.uuid()),
            Parent::Album(id) => Column::AlbumId.eq(id.uuid()),
        };
        let ids: Vec<Uuid> =
            Entity::find().select_only().column(Column::Id).filter(filter).into_tuple().all(self.database.read()).await.map_err(store_error)?;
        Ok(ids.into_iter().map(Id::from_uuid).collect())
    }
}

fn visible(query: Select<Entity>, audience: Audience) -> Select<Entity> {
    let published = Column::State.eq(TrackState::Published.name());
    match audience {
        Audience::Everybody => query.filter(published),
        Audience::Owner(id) => query.filter(Condition::any().add(published).add(Column::OwnerId.eq(id.uuid()))),
        Audience::Admin => query,
    }
}

fn of_genre(query: Select<Entity>, slug: &str) -> Select<Entity> {
    let genre = genre::Entity::find().select_only().column(genre::Column::Id).filter(genre::Column::Slug.eq(slug)).into_query();
    let tracks =
        track_genre::Entity::find().select_only().column(track_genre::Column::TrackId).filter(track_genre::Column::GenreId.in_subquery(genre)).into_query();
    query.filter(Column::Id.in_subquery(tracks))
}

/// Changes the track's row, which must be as it was read. Its genres stay.
pub(super) async fn save(txn: &Transaction<'_>, track: &Track) -> Result<(), PortError> {
    let row = Model { version: track.version + 1, ..row_of(track) };
    let row = ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model().reset_all() };
    let query = Entity::update_many().set(row).filter(Column::Id.eq(track.id.uuid())).filter(Column::Version.eq(track.version));
    expect_row(&query.exec(&**txn).await.map_err(store_error)?)
}

async fn add_genres(txn: &Transaction<'_>, track: &Track) -> Result<(), PortError> {
    if track.genres.is_empty() {
        return Ok(());
    }
    let rows =
        track.genres.iter().zip(0..).map(|(genre, place)| track_genre::Model { track_id: track.id.uuid(), genre_id: genre.uuid(), place }.into_active_model());
    track_genre::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

/// Deletes tracks; returns how many. Their uploads are discarded.
pub(super) async fn delete_tracks(txn: &Transaction<'_>, ids: &[TrackId]) -> Result<u64, PortError> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    discard_of(txn, &ids).await?;
    let mut deleted = 0;
    for chunk in ids.chunks(CHUNK) {
        deleted += Entity::delete_many().filter(Column::Id.is_in(chunk.iter().copied())).exec(&**txn).await.map_err(store_error)?.rows_affected;
    }
    Ok(deleted)
}
