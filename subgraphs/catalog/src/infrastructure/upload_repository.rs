//! Uploads in table `upload`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{UploadId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, UpdateMany};
use uuid::Uuid;

use super::album_repository::CHUNK;
use super::conflict::{conflict, expect_row};
use super::entity::track;
use super::entity::upload::{Column, Entity, Model};
use super::{album_repository, artist_repository, fingerprint_index, review_repository, track_loudness, track_repository};
use crate::application::ports::{Completion, UploadRepository};
use crate::domain::upload::{FileClaim, Purpose, Upload, UploadState};

/// Who stands for somebody who is gone.
const NOBODY: Uuid = Uuid::nil();

/// [`UploadRepository`] in SQL.
pub struct SqlUploadRepository {
    database: Database,
}

impl SqlUploadRepository {
    /// Uploads in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Runs one update; returns how many rows it changed.
    async fn update(&self, query: UpdateMany<Entity>) -> Result<u64, PortError> {
        let query = &query;
        self.database.write(|txn| Box::pin(async move { Ok(query.clone().exec(&**txn).await.map_err(store_error)?.rows_affected) })).await
    }
}

/// The upload while `attempt` has the right to its bytes.
fn held(id: UploadId, attempt: i32) -> Condition {
    Condition::all().add(Column::Id.eq(id.uuid())).add(Column::State.eq(UploadState::Receiving.name())).add(Column::Attempt.eq(attempt))
}

fn set_state(state: UploadState) -> UpdateMany<Entity> {
    Entity::update_many().col_expr(Column::State, Expr::value(state.name()))
}

#[async_trait]
impl UploadRepository for SqlUploadRepository {
    async fn add(&self, upload: &Upload) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    Entity::insert(row_of(upload)?.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn find(&self, id: UploadId) -> Result<Option<Upload>, PortError> {
        Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?.map(upload_of).transpose()
    }

    async fn claim(&self, id: UploadId, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<i32>, PortError> {
        let free = Condition::any()
            .add(Column::State.eq(UploadState::Requested.name()))
            .add(Condition::all().add(Column::State.eq(UploadState::Receiving.name())).add(Column::LeaseUntil.lt(now)));
        let claim = set_state(UploadState::Receiving)
            .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1))
            .col_expr(Column::LeaseUntil, Expr::value(lease_until))
            .filter(Column::Id.eq(id.uuid()))
            .filter(free);
        let claim = &claim;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if claim.clone().exec(&**txn).await.map_err(store_error)?.rows_affected == 0 {
                        return Ok(None);
                    }
                    // In the same transaction: nobody else can have claimed it since.
                    let row = Entity::find_by_id(id.uuid()).one(&**txn).await.map_err(store_error)?;
                    Ok(row.map(|row| row.attempt))
                })
            })
            .await
    }

    async fn renew(&self, id: UploadId, attempt: i32, lease_until: DateTime<Utc>) -> Result<bool, PortError> {
        let renew = Entity::update_many().col_expr(Column::LeaseUntil, Expr::value(lease_until)).filter(held(id, attempt));
        Ok(self.update(renew).await? > 0)
    }

    async fn receive(&self, id: UploadId, attempt: i32) -> Result<bool, PortError> {
        Ok(self.update(set_state(UploadState::Received).filter(held(id, attempt))).await? > 0)
    }

    async fn release(&self, id: UploadId, attempt: i32) -> Result<(), PortError> {
        self.update(set_state(UploadState::Requested).filter(held(id, attempt))).await?;
        Ok(())
    }

    async fn complete(&self, upload: &Upload, completion: Completion<'_>, events: &[Event]) -> Result<(), PortError> {
        let (purpose, subject) = parts(upload.purpose);
        let completion = &completion;
        let completed = self.database.write(|txn| {
            Box::pin(async move {
                let replaced =
                    Condition::all().add(Column::Purpose.eq(purpose)).add(Column::SubjectId.eq(subject)).add(Column::State.eq(UploadState::Completed.name()));
                set_state(UploadState::Discarded).filter(replaced).exec(&**txn).await.map_err(store_error)?;
                let received = Condition::all().add(Column::Id.eq(upload.id.uuid())).add(Column::State.eq(UploadState::Received.name()));
                expect_row(&set_state(UploadState::Completed).filter(received).exec(&**txn).await.map_err(store_error)?)?;
                match completion {
                    Completion::Track(track) => {
                        track_repository::save(txn, track).await?;
                        fingerprint_index::remove_replaced(txn, track.id).await?;
                        track_loudness::remove(txn, track.id).await?;
                        review_repository::withdraw(txn, track.id).await?;
                    }
                    Completion::Artist(artist) => artist_repository::save(txn, artist).await?,
                    Completion::Album(album) => album_repository::save(txn, album).await?,
                }
                outbox::append(txn, events).await
            })
        });
        completed.await.map_err(conflict)
    }

    async fn discard_stale(&self, expired_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), PortError> {
        let open = Condition::any()
            .add(Column::State.is_in([UploadState::Requested.name(), UploadState::Received.name()]))
            .add(Condition::all().add(Column::State.eq(UploadState::Receiving.name())).add(Column::LeaseUntil.lt(now)));
        self.update(set_state(UploadState::Discarded).filter(Column::ExpiresAt.lt(expired_before)).filter(open)).await?;
        Ok(())
    }

    async fn discarded(&self, limit: u64) -> Result<Vec<Upload>, PortError> {
        let query = Entity::find().filter(Column::State.eq(UploadState::Discarded.name())).order_by_asc(Column::Id).limit(limit);
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(upload_of).collect()
    }

    async fn of_uploader(&self, uploader: UserId) -> Result<Vec<Upload>, PortError> {
        let rows = Entity::find().filter(Column::UploaderId.eq(uploader.uuid())).order_by_asc(Column::Id).all(self.database.read()).await;
        rows.map_err(store_error)?.into_iter().map(upload_of).collect()
    }

    async fn disown(&self, uploader: UserId) -> Result<(), PortError> {
        let id = uploader.uuid();
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let unfinished = Condition::all().add(Column::UploaderId.eq(id)).add(Column::State.ne(UploadState::Completed.name()));
                    set_state(UploadState::Discarded).filter(unfinished).exec(&**txn).await.map_err(store_error)?;
                    let nobodys = Entity::update_many().col_expr(Column::UploaderId, Expr::value(NOBODY)).filter(Column::UploaderId.eq(id));
                    nobodys.exec(&**txn).await.map_err(store_error)?;
                    let tracks = track::Entity::update_many().col_expr(track::Column::UploaderId, Expr::value(NOBODY)).filter(track::Column::UploaderId.eq(id));
                    tracks.exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn forget(&self, id: UploadId) -> Result<(), PortError> {
        let forget = Entity::delete_many().filter(Column::Id.eq(id.uuid())).filter(Column::State.eq(UploadState::Discarded.name()));
        let forget = &forget;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    forget.clone().exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

/// Discards all uploads for what goes.
pub(super) async fn discard_of(txn: &Transaction<'_>, subjects: &[Uuid]) -> Result<(), PortError> {
    for chunk in subjects.chunks(CHUNK) {
        set_state(UploadState::Discarded).filter(Column::SubjectId.is_in(chunk.iter().copied())).exec(&**txn).await.map_err(store_error)?;
    }
    Ok(())
}

const TRACK: &str = "TRACK";
const ARTIST_ARTWORK: &str = "ARTIST_ARTWORK";
const ALBUM_ARTWORK: &str = "ALBUM_ARTWORK";

const fn parts(purpose: Purpose) -> (&'static str, Uuid) {
    match purpose {
        Purpose::Track(id) => (TRACK, id.uuid()),
        Purpose::ArtistArtwork(id) => (ARTIST_ARTWORK, id.uuid()),
        Purpose::AlbumArtwork(id) => (ALBUM_ARTWORK, id.uuid()),
    }
}

fn row_of(upload: &Upload) -> Result<Model, PortError> {
    let (purpose, subject_id) = parts(upload.purpose);
    Ok(Model {
        id: upload.id.uuid(),
        purpose: purpose.to_owned(),
        subject_id,
        uploader_id: upload.uploader_id.uuid(),
        file_name: upload.claim.file_name.clone(),
        media_type: upload.claim.media_type.clone(),
        size_bytes: upload.claim.size_bytes.try_into().map_err(PortError::corrupt)?,
        sha256: upload.claim.sha256.clone(),
        state: upload.state.name().to_owned(),
        attempt: 0,
        lease_until: None,
        created_at: upload.created_at,
        expires_at: upload.expires_at,
    })
}

fn upload_of(row: Model) -> Result<Upload, PortError> {
    let purpose = match row.purpose.as_str() {
        TRACK => Purpose::Track(Id::from_uuid(row.subject_id)),
        ARTIST_ARTWORK => Purpose::ArtistArtwork(Id::from_uuid(row.subject_id)),
        ALBUM_ARTWORK => Purpose::AlbumArtwork(Id::from_uuid(row.subject_id)),
        other => return Err(PortError::corrupt(format!("unknown purpose {other}"))),
    };
    let states = [UploadState::Requested, UploadState::Receiving, UploadState::Received, UploadState::Completed, UploadState::Discarded];
    let state = states.into_iter().find(|state| state.name() == row.state);
    Ok(Upload {
        id: Id::from_uuid(row.id),
        purpose,
        uploader_id: Id::from_uuid(row.uploader_id),
        claim: FileClaim {
            file_name: row.file_name,
            media_type: row.media_type,
            size_bytes: row.size_bytes.try_into().map_err(PortError::corrupt)?,
            sha256: row.sha256,
        },
        state: state.ok_or_else(|| PortError::corrupt(format!("unknown upload state {}", row.state)))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}
