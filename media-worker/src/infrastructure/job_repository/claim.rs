//! Whose job is next.

use chrono::{DateTime, Utc};
use kernel::PortError;
use kernel::id::{JobId, LadderId, TrackId, UploadId};
use platform::Database;
use platform::database::store_error;
use sea_orm::sea_query::{Expr, NullOrdering, OnConflict};
use sea_orm::{ActiveValue, ColumnTrait as _, Condition, EntityTrait as _, Order, QueryFilter as _, QueryOrder as _};

use super::operating::purpose;
use super::{UNFINISHED, change, discard};
use crate::application::ports::{ClaimedJob, Lease};
use crate::infrastructure::entity::job::{self, JobState};
use crate::infrastructure::entity::{ladder, uploader};

/// When the job's uploader was last served; never, for a newcomer.
const SERVED_AT: &str = "(SELECT uploader.served_at FROM uploader WHERE uploader.id = job.uploader_id)";
/// No other job has the same bytes in hand.
const ALONE: &str = "NOT EXISTS (SELECT 1 FROM job AS other \
                     WHERE other.sha256 = job.sha256 AND other.sha256 <> '' AND other.state = 'RUNNING' AND other.id <> job.id)";

/// The job whose turn it is.
pub(super) async fn next(database: &Database, now: DateTime<Utc>) -> Result<Option<job::Model>, PortError> {
    job::Entity::find()
        .filter(job::Column::State.is_in(UNFINISHED))
        .filter(job::Column::AvailableAt.lte(now))
        .filter(Expr::cust(ALONE))
        .order_by_desc(job::Column::Priority)
        .order_by_with_nulls(Expr::cust(SERVED_AT), Order::Asc, NullOrdering::First)
        .order_by_asc(job::Column::AvailableAt)
        .order_by_asc(job::Column::Id)
        .one(database.read())
        .await
        .map_err(store_error)
}

/// Claims `waiting` if it still is as it was read, and nobody has claimed one of the same bytes.
pub(super) async fn claim(
    database: &Database,
    waiting: job::Model,
    ladder_id: LadderId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<ClaimedJob>, PortError> {
    let row = &waiting;
    let attempts = row.attempts + 1;
    let won = database
        .write(|txn| {
            Box::pin(async move {
                let unchanged = Condition::all()
                    .add(job::Column::Id.eq(row.id))
                    .add(job::Column::State.eq(row.state))
                    .add(job::Column::Attempts.eq(row.attempts))
                    .add(job::Column::AvailableAt.eq(row.available_at));
                let claimed = change(now)
                    .col_expr(job::Column::State, Expr::value(JobState::Running))
                    .col_expr(job::Column::Attempts, Expr::value(attempts))
                    .col_expr(job::Column::AvailableAt, Expr::value(until))
                    .col_expr(job::Column::LadderId, Expr::value(ladder_id.uuid()))
                    .filter(unchanged)
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                if claimed.rows_affected != 1 {
                    return Ok(false);
                }
                discard(txn, now, ladder::Column::JobId.eq(row.id)).await?;
                let ladder = ladder::ActiveModel {
                    id: ActiveValue::Set(ladder_id.uuid()),
                    job_id: ActiveValue::Set(row.id),
                    track_id: ActiveValue::Set(row.track_id),
                    discard_at: ActiveValue::Set(None),
                };
                ladder::Entity::insert(ladder).exec_without_returning(&**txn).await.map_err(store_error)?;
                if let Some(id) = row.uploader_id {
                    let served = uploader::ActiveModel { id: ActiveValue::Set(id), served_at: ActiveValue::Set(now) };
                    let replace = OnConflict::column(uploader::Column::Id).update_column(uploader::Column::ServedAt).to_owned();
                    uploader::Entity::insert(served).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                }
                Ok(true)
            })
        })
        .await;
    let purpose = purpose(&waiting)?;
    match won {
        Ok(true) => Ok(Some(ClaimedJob {
            lease: Lease { job_id: JobId::from_uuid(waiting.id), ladder_id },
            track_id: TrackId::from_uuid(waiting.track_id),
            upload_id: UploadId::from_uuid(waiting.upload_id),
            blob: waiting.blob,
            sha256: waiting.sha256,
            size_bytes: u64::try_from(waiting.size_bytes).unwrap_or(0),
            created_at: waiting.created_at,
            purpose,
            attempt: u32::try_from(attempts).unwrap_or(u32::MAX),
        })),
        // The index of running content: another job of these bytes was claimed at the same time.
        Ok(false) | Err(PortError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
