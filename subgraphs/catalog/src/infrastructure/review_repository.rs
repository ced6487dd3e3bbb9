//! Reviews in table `recording_review`.

use async_trait::async_trait;
use kernel::id::{ReviewId, TrackId, UploadId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};

use super::conflict::{conflict, expect_row};
use super::entity::recording_review::{ActiveModel, Column, Entity, Model};
use super::{fingerprint_index, track_repository};
use crate::application::ports::{ReviewRepository, ReviewSlice};
use crate::domain::fingerprint::Match;
use crate::domain::recording_review::{Decision, Reason, RecordingReview, ReviewState};
use crate::domain::track::Track;

/// [`ReviewRepository`] in SQL.
pub struct SqlReviewRepository {
    database: Database,
}

impl SqlReviewRepository {
    /// Reviews in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ReviewRepository for SqlReviewRepository {
    async fn find(&self, id: ReviewId) -> Result<Option<RecordingReview>, PortError> {
        Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?.map(review_of).transpose()
    }

    async fn of_uploads(&self, uploads: &[UploadId]) -> Result<Vec<RecordingReview>, PortError> {
        let query = Entity::find().filter(Column::UploadId.is_in(uploads.iter().map(|id| id.uuid())));
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(review_of).collect()
    }

    async fn list(&self, slice: &ReviewSlice) -> Result<Vec<RecordingReview>, PortError> {
        let query = Entity::find().filter(Column::State.eq(slice.state.name())).limit(slice.limit);
        let query = if slice.backward {
            query.apply_if(slice.after, |query, id| query.filter(Column::Id.lt(id))).order_by_desc(Column::Id)
        } else {
            query.apply_if(slice.after, |query, id| query.filter(Column::Id.gt(id))).order_by_asc(Column::Id)
        };
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(review_of).collect()
    }

    async fn decide(&self, review: &RecordingReview, track: &Track, events: &[Event]) -> Result<(), PortError> {
        let decided = self.database.write(|txn| {
            Box::pin(async move {
                // Whoever decides or withdraws changes the track: two of them cannot both find it as it was.
                track_repository::save(txn, track).await?;
                let row = ActiveModel { id: ActiveValue::NotSet, ..row_of(review).into_active_model().reset_all() };
                let query = Entity::update_many().set(row).filter(Column::Id.eq(review.id.uuid()));
                expect_row(&query.exec(&**txn).await.map_err(store_error)?)?;
                fingerprint_index::set_rejected(txn, review.upload_id, review.state == ReviewState::Rejected).await?;
                outbox::append(txn, events).await
            })
        });
        decided.await.map_err(conflict)
    }
}

/// Begins a review.
pub(super) async fn add(txn: &Transaction<'_>, review: &RecordingReview) -> Result<(), PortError> {
    Entity::insert(row_of(review).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

/// Nobody has to decide on what the track sounded like any more.
pub(super) async fn withdraw(txn: &Transaction<'_>, track_id: TrackId) -> Result<(), PortError> {
    let withdrawn = Entity::update_many()
        .col_expr(Column::State, Expr::value(ReviewState::Withdrawn.name()))
        .filter(Column::TrackId.eq(track_id.uuid()))
        .filter(Column::State.eq(ReviewState::Pending.name()));
    withdrawn.exec(&**txn).await.map_err(store_error)?;
    Ok(())
}

fn row_of(review: &RecordingReview) -> Model {
    let decision = review.decision.as_ref();
    Model {
        id: review.id.uuid(),
        track_id: review.track_id.uuid(),
        upload_id: review.upload_id.uuid(),
        matched_track_id: review.matched_track_id.uuid(),
        similarity: review.likeness.similarity,
        offset_ms: review.likeness.offset_ms,
        overlap_ms: review.likeness.overlap_ms.try_into().unwrap_or(i64::MAX),
        state: review.state.name().to_owned(),
        opened_at: review.opened_at,
        decided_by: decision.map(|decision| decision.by.uuid()),
        decided_at: decision.map(|decision| decision.at),
        reason: decision.and_then(|decision| decision.reason.as_ref()).map(|reason| reason.as_str().to_owned()),
    }
}

fn review_of(row: Model) -> Result<RecordingReview, PortError> {
    let state = ReviewState::ALL.into_iter().find(|state| state.name() == row.state);
    let decision = match (row.decided_by, row.decided_at) {
        (Some(by), Some(at)) => Some(Decision { by: Id::from_uuid(by), at, reason: row.reason.map(Reason::from_stored) }),
        _ => None,
    };
    Ok(RecordingReview {
        id: Id::from_uuid(row.id),
        track_id: Id::from_uuid(row.track_id),
        upload_id: Id::from_uuid(row.upload_id),
        matched_track_id: Id::from_uuid(row.matched_track_id),
        likeness: Match { similarity: row.similarity, offset_ms: row.offset_ms, overlap_ms: row.overlap_ms.try_into().unwrap_or(0) },
        state: state.ok_or_else(|| PortError::corrupt(format!("unknown review state {}", row.state)))?,
        opened_at: row.opened_at,
        decision,
    })
}
