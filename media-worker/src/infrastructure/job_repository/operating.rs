//! What operators and owners see of jobs, and what operators do about them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::id::{JobId, LadderId, TrackId, UploadId};
use kernel::{Event, PortError};
use platform::Database;
use platform::database::store_error;
use platform::outbox;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select};

use super::{UNFINISHED, change, discard};
use crate::application::ports::{DeadJob, LogLine, QueueState, Twin};
use crate::domain::failure::Failure;
use crate::domain::job::{Priority, Purpose};
use crate::domain::ladder::Ladder;
use crate::infrastructure::entity::job::{self, JobState};
use crate::infrastructure::entity::{job_log, ladder};

pub(super) async fn twin(database: &Database, sha256: &str, recipe: &str) -> Result<Option<Twin>, PortError> {
    if sha256.is_empty() {
        return Ok(None);
    }
    let settled = job::Entity::find()
        .filter(job::Column::Sha256.eq(sha256))
        .filter(job::Column::Purpose.eq(Purpose::Ladder.name()))
        .filter(job::Column::State.is_in([JobState::Done, JobState::Failed]))
        .order_by_desc(job::Column::UpdatedAt)
        .all(database.read())
        .await
        .map_err(store_error)?;
    for row in settled {
        if let Some(failure) = row.failure {
            let failure: Failure = serde_json::from_value(failure).map_err(PortError::corrupt)?;
            if failure.is_the_files() {
                return Ok(Some(Twin::Refused(failure)));
            }
        }
        let (Some(result), Some(ladder_id), true) = (row.result, row.ladder_id, row.recipe.as_deref() == Some(recipe)) else { continue };
        let kept = ladder::Entity::find_by_id(ladder_id).filter(ladder::Column::DiscardAt.is_null()).one(database.read()).await.map_err(store_error)?;
        if kept.is_some() {
            let ladder = serde_json::from_value(result).map_err(PortError::corrupt)?;
            return Ok(Some(Twin::Made { ladder_id: LadderId::from_uuid(ladder_id), ladder }));
        }
    }
    Ok(None)
}

pub(super) async fn note(database: &Database, job_id: JobId, now: DateTime<Utc>, text: &str) -> Result<(), PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                let line = job_log::ActiveModel {
                    job_id: ActiveValue::Set(job_id.uuid()),
                    at: ActiveValue::Set(now),
                    text: ActiveValue::Set(text.to_owned()),
                    ..Default::default()
                };
                job_log::Entity::insert(line).exec_without_returning(&**txn).await.map(drop).map_err(store_error)
            })
        })
        .await
}

pub(super) async fn log(database: &Database, job_id: JobId) -> Result<Vec<LogLine>, PortError> {
    let lines = job_log::Entity::find().filter(job_log::Column::JobId.eq(job_id.uuid())).order_by_asc(job_log::Column::Id);
    let lines = lines.all(database.read()).await.map_err(store_error)?;
    Ok(lines.into_iter().map(|line| LogLine { at: line.at, text: line.text }).collect())
}

pub(super) async fn dead(database: &Database, limit: u64) -> Result<Vec<DeadJob>, PortError> {
    let rows = job::Entity::find()
        .filter(job::Column::State.eq(JobState::Failed))
        .order_by_asc(job::Column::UpdatedAt)
        .order_by_asc(job::Column::Id)
        .limit(limit)
        .all(database.read())
        .await
        .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            Ok(DeadJob {
                id: JobId::from_uuid(row.id),
                track_id: TrackId::from_uuid(row.track_id),
                attempts: u32::try_from(row.attempts).unwrap_or(0),
                since: row.updated_at,
                failure: row.failure.map(serde_json::from_value).transpose().map_err(PortError::corrupt)?,
                error: row.last_error.unwrap_or_default(),
            })
        })
        .collect()
}

pub(super) async fn revive(database: &Database, job_id: JobId, now: DateTime<Utc>) -> Result<bool, PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                let revived = change(now)
                    .col_expr(job::Column::State, Expr::value(JobState::Queued))
                    .col_expr(job::Column::Attempts, Expr::value(0))
                    .col_expr(job::Column::AvailableAt, Expr::value(now))
                    .col_expr(job::Column::Priority, Expr::value(Priority::High.rank()))
                    .col_expr(job::Column::Failure, Expr::value(None::<serde_json::Value>))
                    .filter(job::Column::Id.eq(job_id.uuid()))
                    .filter(job::Column::State.eq(JobState::Failed))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                Ok(revived.rows_affected == 1)
            })
        })
        .await
}

pub(super) async fn bury(database: &Database, job_id: JobId) -> Result<bool, PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                let dead = job::Entity::delete_many().filter(job::Column::Id.eq(job_id.uuid())).filter(job::Column::State.eq(JobState::Failed));
                if dead.exec(&**txn).await.map_err(store_error)?.rows_affected != 1 {
                    return Ok(false);
                }
                job_log::Entity::delete_many().filter(job_log::Column::JobId.eq(job_id.uuid())).exec(&**txn).await.map_err(store_error)?;
                Ok(true)
            })
        })
        .await
}

pub(super) async fn cancel(database: &Database, job_id: JobId, now: DateTime<Utc>, events: &[Event]) -> Result<bool, PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                let which = Condition::all().add(job::Column::Id.eq(job_id.uuid())).add(job::Column::State.is_in(UNFINISHED));
                let cancelled = change(now).col_expr(job::Column::State, Expr::value(JobState::Cancelled)).filter(which);
                if cancelled.exec(&**txn).await.map_err(store_error)?.rows_affected != 1 {
                    return Ok(false);
                }
                discard(txn, now, ladder::Column::JobId.eq(job_id.uuid())).await?;
                outbox::append(txn, events).await?;
                Ok(true)
            })
        })
        .await
}

pub(super) async fn subject(database: &Database, job_id: JobId) -> Result<Option<(TrackId, UploadId, Purpose)>, PortError> {
    let row = job::Entity::find_by_id(job_id.uuid()).one(database.read()).await.map_err(store_error)?;
    row.map(|row| Ok((TrackId::from_uuid(row.track_id), UploadId::from_uuid(row.upload_id), purpose(&row)?))).transpose()
}

/// What the job is for.
pub(super) fn purpose(row: &job::Model) -> Result<Purpose, PortError> {
    Purpose::named(&row.purpose).ok_or_else(|| PortError::corrupt(format!("no job is for {}", row.purpose)))
}

pub(super) async fn fingerprints(database: &Database, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError> {
    let done = job::Entity::find()
        .filter(job::Column::UploadId.is_in(uploads.iter().map(|upload| upload.uuid())))
        .filter(job::Column::Purpose.eq(Purpose::Ladder.name()))
        .filter(job::Column::State.eq(JobState::Done));
    let mut fingerprints = HashMap::new();
    for row in done.all(database.read()).await.map_err(store_error)? {
        let Some(result) = row.result else { continue };
        let ladder: Ladder = serde_json::from_value(result).map_err(PortError::corrupt)?;
        fingerprints.extend(ladder.analysis.fingerprint.map(|text| (UploadId::from_uuid(row.upload_id), text)));
    }
    Ok(fingerprints)
}

pub(super) async fn queue(database: &Database, now: DateTime<Utc>) -> Result<QueueState, PortError> {
    let count = async |jobs: Select<job::Entity>| jobs.count(database.read()).await.map_err(store_error);
    let queued = || job::Entity::find().filter(job::Column::State.eq(JobState::Queued)).filter(job::Column::AvailableAt.lte(now));
    let oldest = queued().order_by_asc(job::Column::CreatedAt).one(database.read()).await.map_err(store_error)?;
    Ok(QueueState {
        waiting: count(queued()).await?,
        oldest: oldest.map(|row| row.created_at),
        running: count(job::Entity::find().filter(job::Column::State.eq(JobState::Running)).filter(job::Column::AvailableAt.gt(now))).await?,
        dead: count(job::Entity::find().filter(job::Column::State.eq(JobState::Failed))).await?,
    })
}
