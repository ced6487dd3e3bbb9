//! Vectors and publications in SQL.

use async_trait::async_trait;
use kernel::id::{TrackId, UploadId};
use kernel::{Id, PortError};
use platform::database::store_error;
use platform::{Database, inbox};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue, ColumnTrait as _, EntityTrait as _, JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _,
};
use uuid::Uuid;

use super::entity::{published_track, track_vector};
use crate::NAME;
use crate::application::ports::TrackVectorRepository;
use crate::domain::track_vector::{Space, TrackVector};

/// [`TrackVectorRepository`] by sea-orm.
pub struct SqlTrackVectorRepository {
    database: Database,
}

impl SqlTrackVectorRepository {
    /// In `database`, migrated.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl TrackVectorRepository for SqlTrackVectorRepository {
    async fn record(&self, event_id: Uuid, vector: &TrackVector) -> Result<(), PortError> {
        let recorded = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                let row = track_vector::ActiveModel {
                    upload_id: ActiveValue::Set(vector.upload_id.uuid()),
                    track_id: ActiveValue::Set(vector.track_id.uuid()),
                    space: ActiveValue::Set(vector.space.name.clone()),
                    vector: ActiveValue::Set(vector.vector.iter().flat_map(|value| value.to_le_bytes()).collect()),
                };
                let replace =
                    OnConflict::column(track_vector::Column::UploadId).update_columns([track_vector::Column::Space, track_vector::Column::Vector]).to_owned();
                track_vector::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                Ok(())
            })
        });
        recorded.await
    }

    async fn publish(&self, event_id: Uuid, track_id: TrackId, upload_id: UploadId) -> Result<(), PortError> {
        let published = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                let row = published_track::ActiveModel { track_id: ActiveValue::Set(track_id.uuid()), upload_id: ActiveValue::Set(upload_id.uuid()) };
                let replace = OnConflict::column(published_track::Column::TrackId).update_column(published_track::Column::UploadId).to_owned();
                published_track::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                Ok(())
            })
        });
        published.await
    }

    async fn withdraw(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError> {
        let withdrawn = self.database.write(|txn| {
            Box::pin(async move {
                if inbox::first_time(txn, NAME, event_id).await? {
                    published_track::Entity::delete_by_id(track_id.uuid()).exec(&**txn).await.map_err(store_error)?;
                }
                Ok(())
            })
        });
        withdrawn.await
    }

    async fn forget(&self, event_id: Uuid, track_id: TrackId) -> Result<(), PortError> {
        let forgotten = self.database.write(|txn| {
            Box::pin(async move {
                if inbox::first_time(txn, NAME, event_id).await? {
                    published_track::Entity::delete_by_id(track_id.uuid()).exec(&**txn).await.map_err(store_error)?;
                    track_vector::Entity::delete_many().filter(track_vector::Column::TrackId.eq(track_id.uuid())).exec(&**txn).await.map_err(store_error)?;
                }
                Ok(())
            })
        });
        forgotten.await
    }

    async fn published(&self, tracks: &[TrackId]) -> Result<Vec<TrackVector>, PortError> {
        if tracks.is_empty() {
            return Ok(Vec::new());
        }
        let query = published_track::Entity::find().filter(published_track::Column::TrackId.is_in(tracks.iter().map(|track| track.uuid())));
        let rows = query.find_also_related(track_vector::Entity).all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().filter_map(|(_, vector)| vector).map(vector_of).collect())
    }

    async fn page_of_published(&self, after: Option<TrackId>, limit: u64) -> Result<Vec<TrackVector>, PortError> {
        let mut query = published_track::Entity::find()
            .join(JoinType::InnerJoin, published_track::Relation::Vector.def())
            .select_also(track_vector::Entity)
            .order_by_asc(published_track::Column::TrackId)
            .limit(limit);
        if let Some(after) = after {
            query = query.filter(published_track::Column::TrackId.gt(after.uuid()));
        }
        let rows = query.all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().filter_map(|(_, vector)| vector).map(vector_of).collect())
    }

    async fn count_published(&self) -> Result<usize, PortError> {
        let query = published_track::Entity::find().join(JoinType::InnerJoin, published_track::Relation::Vector.def());
        usize::try_from(query.count(self.database.read()).await.map_err(store_error)?).map_err(PortError::corrupt)
    }
}

fn vector_of(row: track_vector::Model) -> TrackVector {
    let vector: Vec<f32> = row.vector.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    TrackVector { track_id: Id::from_uuid(row.track_id), upload_id: Id::from_uuid(row.upload_id), space: Space { name: row.space, dim: vector.len() }, vector }
}
