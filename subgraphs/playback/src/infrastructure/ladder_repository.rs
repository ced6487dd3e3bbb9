//! Ladders and publications in the context's database.

use async_trait::async_trait;
use kernel::id::{TrackId, UploadId};
use kernel::{Id, PortError};
use platform::database::{Transaction, store_error};
use platform::{Database, inbox};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::entity::ladder::{self, Downloads, Renditions};
use super::entity::publication;
use crate::NAME;
use crate::application::ports::LadderRepository;
use crate::domain::ladder::Ladder;

/// [`LadderRepository`] by sea-orm.
pub struct SqlLadderRepository {
    database: Database,
}

impl SqlLadderRepository {
    /// In `database`, migrated.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

async fn delete_publication(txn: &Transaction<'_>, track_id: TrackId) -> Result<(), PortError> {
    publication::Entity::delete_by_id(track_id.uuid()).exec(&**txn).await.map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl LadderRepository for SqlLadderRepository {
    async fn record(&self, event_id: Uuid, ladder: &Ladder) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, NAME, event_id).await? {
                        return Ok(());
                    }
                    let row = ladder::ActiveModel {
                        upload_id: ActiveValue::Set(ladder.upload_id.uuid()),
                        id: ActiveValue::Set(ladder.id.uuid()),
                        track_id: ActiveValue::Set(ladder.track_id.uuid()),
                        prefix: ActiveValue::Set(ladder.prefix.clone()),
                        duration_ms: ActiveValue::Set(i64::try_from(ladder.duration_ms).map_err(PortError::corrupt)?),
                        renditions: ActiveValue::Set(Renditions(ladder.renditions.clone())),
                        lossless: ActiveValue::Set(Renditions(ladder.lossless.clone())),
                        dash: ActiveValue::Set(ladder.dash),
                        downloads: ActiveValue::Set(Downloads(ladder.downloads.clone())),
                    };
                    let replace = OnConflict::column(ladder::Column::UploadId)
                        .update_columns([
                            ladder::Column::Id,
                            ladder::Column::Prefix,
                            ladder::Column::DurationMs,
                            ladder::Column::Renditions,
                            ladder::Column::Lossless,
                            ladder::Column::Dash,
                            ladder::Column::Downloads,
                        ])
                        .to_owned();
                    ladder::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn publish(&self, event_id: Uuid, track_id: TrackId, upload_id: UploadId) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, NAME, event_id).await? {
                        return Ok(());
                    }
                    let row = publication::ActiveModel { track_id: ActiveValue::Set(track_id.uuid()), upload_id: ActiveValue::Set(upload_id.uuid()) };
                    let replace = OnConflict::column(publication::Column::TrackId).update_column(publication::Column::UploadId).to_owned();
                    publication::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn withdraw(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError> {
        self.database
            .write(|txn| Box::pin(async move { if inbox::first_time(txn, NAME, event_id).await? { delete_publication(txn, track_id).await } else { Ok(()) } }))
            .await
    }

    async fn forget(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, NAME, event_id).await? {
                        return Ok(());
                    }
                    delete_publication(txn, track_id).await?;
                    ladder::Entity::delete_many().filter(ladder::Column::TrackId.eq(track_id.uuid())).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn streamable(&self, tracks: &[TrackId]) -> Result<Vec<Ladder>, PortError> {
        let rows = publication::Entity::find()
            .filter(publication::Column::TrackId.is_in(tracks.iter().map(|track| track.uuid())))
            .find_also_related(ladder::Entity)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        rows.into_iter().filter_map(|(_, ladder)| ladder).map(ladder_of).collect()
    }
}

fn ladder_of(row: ladder::Model) -> Result<Ladder, PortError> {
    Ok(Ladder {
        id: Id::from_uuid(row.id),
        track_id: Id::from_uuid(row.track_id),
        upload_id: Id::from_uuid(row.upload_id),
        prefix: row.prefix,
        duration_ms: row.duration_ms.try_into().map_err(PortError::corrupt)?,
        renditions: row.renditions.0,
        lossless: row.lossless.0,
        dash: row.dash,
        downloads: row.downloads.0,
    })
}
