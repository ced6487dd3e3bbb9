//! Jobs and ladders in the worker's database.

mod claim;
mod operating;
mod rebuilding;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{JobId, LadderId, TrackId, UploadId};
use kernel::{Event, IdGenerator, PortError};
use platform::Database;
use platform::database::{Transaction, store_error};
use platform::{inbox, outbox};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveValue, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, TryInsertResult, UpdateMany};
use uuid::Uuid;

use super::entity::job::{self, JobState};
use super::entity::ladder;
use crate::application::ports::{ClaimedJob, DeadJob, JobRepository, Lease, LeaseError, LogLine, NewJob, QueueState, RebuildState, Twin};
use crate::domain::failure::Failure;
use crate::domain::job::Purpose;
use crate::domain::ladder::Ladder;

/// The inbox's name for this context.
const CONSUMER: &str = "media";
const UNFINISHED: [JobState; 2] = [JobState::Queued, JobState::Running];

/// [`JobRepository`] by sea-orm.
#[derive(Debug, Clone)]
pub struct SeaJobRepository {
    database: Database,
}

impl SeaJobRepository {
    /// In `database`, migrated.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Changes the job if `lease` is its latest, and its ladder's fate and the outbox with it.
    async fn settle(&self, lease: Lease, change: UpdateMany<job::Entity>, discard_at: Option<DateTime<Utc>>, events: &[Event]) -> Result<(), LeaseError> {
        let change = &change;
        let held = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    if !apply(txn, change.clone(), lease).await? {
                        return Ok(false);
                    }
                    if let Some(at) = discard_at {
                        discard(txn, at, ladder::Column::Id.eq(lease.ladder_id.uuid())).await?;
                    }
                    outbox::append(txn, events).await?;
                    Ok(true)
                })
            })
            .await?;
        if held { Ok(()) } else { Err(LeaseError::Lost) }
    }
}

/// What all jobs have that wait for their first attempt.
fn queued(now: DateTime<Utc>) -> job::ActiveModel {
    job::ActiveModel {
        state: ActiveValue::Set(JobState::Queued),
        attempts: ActiveValue::Set(0),
        available_at: ActiveValue::Set(now),
        recipe: ActiveValue::Set(None),
        result: ActiveValue::Set(None),
        failure: ActiveValue::Set(None),
        ladder_id: ActiveValue::Set(None),
        last_error: ActiveValue::Set(None),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
        ..job::ActiveModel::default()
    }
}

/// An update that stamps the row.
fn change(now: DateTime<Utc>) -> UpdateMany<job::Entity> {
    job::Entity::update_many().col_expr(job::Column::UpdatedAt, Expr::value(now))
}

async fn apply(txn: &Transaction<'_>, change: UpdateMany<job::Entity>, lease: Lease) -> Result<bool, PortError> {
    let held = Condition::all()
        .add(job::Column::Id.eq(lease.job_id.uuid()))
        .add(job::Column::State.eq(JobState::Running))
        .add(job::Column::LadderId.eq(lease.ladder_id.uuid()));
    let changed = change.filter(held).exec(&**txn).await.map_err(store_error)?;
    Ok(changed.rows_affected == 1)
}

/// Marks wanted ladders as rubbish from `at` on.
async fn discard(txn: &Transaction<'_>, at: DateTime<Utc>, which: impl Into<sea_orm::sea_query::SimpleExpr>) -> Result<(), PortError> {
    ladder::Entity::update_many()
        .col_expr(ladder::Column::DiscardAt, Expr::value(at))
        .filter(Condition::all().add(which.into()).add(ladder::Column::DiscardAt.is_null().or(ladder::Column::DiscardAt.gt(at))))
        .exec(&**txn)
        .await
        .map(drop)
        .map_err(store_error)
}

#[async_trait]
impl JobRepository for SeaJobRepository {
    async fn enqueue(&self, event_id: Uuid, job: &NewJob, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, CONSUMER, event_id).await? {
                        return Ok(());
                    }
                    let row = job::ActiveModel {
                        id: ActiveValue::Set(job.id.uuid()),
                        track_id: ActiveValue::Set(job.track_id.uuid()),
                        upload_id: ActiveValue::Set(job.upload_id.uuid()),
                        purpose: ActiveValue::Set(Purpose::Ladder.name()),
                        uploader_id: ActiveValue::Set(Some(job.uploader_id.uuid())),
                        blob: ActiveValue::Set(job.blob.clone()),
                        priority: ActiveValue::Set(job.priority.rank()),
                        sha256: ActiveValue::Set(job.sha256.clone()),
                        size_bytes: ActiveValue::Set(i64::try_from(job.size_bytes).unwrap_or(i64::MAX)),
                        ..queued(now)
                    };
                    let inserted = job::Entity::insert(row)
                        .on_conflict_do_nothing_on([job::Column::UploadId, job::Column::Purpose])
                        .exec_without_returning(&**txn)
                        .await
                        .map_err(store_error)?;
                    if !matches!(inserted, TryInsertResult::Inserted(1..)) {
                        return Ok(());
                    }
                    cancel(txn, now, UNFINISHED.to_vec(), job.track_id, Some(job.id)).await
                })
            })
            .await
    }

    async fn claim(&self, ladder_id: LadderId, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<ClaimedJob>, PortError> {
        loop {
            let Some(waiting) = claim::next(&self.database, now).await? else { return Ok(None) };
            if let Some(claimed) = claim::claim(&self.database, waiting, ladder_id, now, until).await? {
                return Ok(Some(claimed));
            }
            // Another worker was faster; it changed a row, so this ends.
        }
    }

    async fn extend(&self, lease: Lease, until: DateTime<Utc>) -> Result<(), LeaseError> {
        let change = job::Entity::update_many().col_expr(job::Column::AvailableAt, Expr::value(until));
        self.settle(lease, change, None, &[]).await
    }

    async fn twin(&self, sha256: &str, recipe: &str) -> Result<Option<Twin>, PortError> {
        operating::twin(&self.database, sha256, recipe).await
    }

    async fn complete(
        &self,
        lease: Lease,
        now: DateTime<Utc>,
        superseded_until: DateTime<Utc>,
        (made, recipe): (&Ladder, &str),
        events: &[Event],
    ) -> Result<(), LeaseError> {
        let done = &change(now)
            .col_expr(job::Column::State, Expr::value(JobState::Done))
            .col_expr(job::Column::LastError, Expr::value(None::<String>))
            .col_expr(job::Column::Recipe, Expr::value(recipe))
            .col_expr(job::Column::Result, Expr::value(serde_json::to_value(made).map_err(PortError::corrupt)?));
        let held = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    if !apply(txn, done.clone(), lease).await? {
                        return Ok(false);
                    }
                    let made = ladder::Entity::find_by_id(lease.ladder_id.uuid()).one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    let older = ladder::Column::TrackId.eq(made.track_id).and(ladder::Column::Id.ne(made.id));
                    discard(txn, superseded_until, older).await?;
                    outbox::append(txn, events).await?;
                    Ok(true)
                })
            })
            .await?;
        if held { Ok(()) } else { Err(LeaseError::Lost) }
    }

    async fn complete_without(&self, lease: Lease, now: DateTime<Utc>, events: &[Event]) -> Result<(), LeaseError> {
        let change = change(now).col_expr(job::Column::State, Expr::value(JobState::Done)).col_expr(job::Column::LastError, Expr::value(None::<String>));
        self.settle(lease, change, Some(now), events).await
    }

    async fn retry(&self, lease: Lease, now: DateTime<Utc>, at: DateTime<Utc>, error: &str) -> Result<(), LeaseError> {
        let change = change(now)
            .col_expr(job::Column::State, Expr::value(JobState::Queued))
            .col_expr(job::Column::AvailableAt, Expr::value(at))
            .col_expr(job::Column::LastError, Expr::value(error));
        self.settle(lease, change, Some(now), &[]).await
    }

    async fn fail(&self, lease: Lease, now: DateTime<Utc>, failure: &Failure, error: &str, events: &[Event]) -> Result<(), LeaseError> {
        let change = change(now)
            .col_expr(job::Column::State, Expr::value(JobState::Failed))
            .col_expr(job::Column::Failure, Expr::value(serde_json::to_value(failure).map_err(PortError::corrupt)?))
            .col_expr(job::Column::LastError, Expr::value(error));
        self.settle(lease, change, Some(now), events).await
    }

    async fn release(&self, lease: Lease, now: DateTime<Utc>) -> Result<(), LeaseError> {
        let change = change(now)
            .col_expr(job::Column::State, Expr::value(JobState::Queued))
            .col_expr(job::Column::AvailableAt, Expr::value(now))
            .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).sub(1));
        self.settle(lease, change, Some(now), &[]).await
    }

    async fn cancel_track(&self, event_id: Uuid, track_id: TrackId, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, CONSUMER, event_id).await? {
                        return Ok(());
                    }
                    cancel(txn, now, UNFINISHED.to_vec(), track_id, None).await?;
                    discard(txn, now, ladder::Column::TrackId.eq(track_id.uuid())).await
                })
            })
            .await
    }

    async fn note(&self, job_id: JobId, now: DateTime<Utc>, text: &str) -> Result<(), PortError> {
        operating::note(&self.database, job_id, now, text).await
    }

    async fn log(&self, job_id: JobId) -> Result<Vec<LogLine>, PortError> {
        operating::log(&self.database, job_id).await
    }

    async fn dead(&self, limit: u64) -> Result<Vec<DeadJob>, PortError> {
        operating::dead(&self.database, limit).await
    }

    async fn revive(&self, job_id: JobId, now: DateTime<Utc>) -> Result<bool, PortError> {
        operating::revive(&self.database, job_id, now).await
    }

    async fn bury(&self, job_id: JobId) -> Result<bool, PortError> {
        operating::bury(&self.database, job_id).await
    }

    async fn cancel(&self, job_id: JobId, now: DateTime<Utc>, events: &[Event]) -> Result<bool, PortError> {
        operating::cancel(&self.database, job_id, now, events).await
    }

    async fn subject(&self, job_id: JobId) -> Result<Option<(TrackId, UploadId, Purpose)>, PortError> {
        operating::subject(&self.database, job_id).await
    }

    async fn begin_rebuild(&self, space: &str, now: DateTime<Utc>) -> Result<(), PortError> {
        rebuilding::begin(&self.database, space, now).await
    }

    async fn add_to_rebuild(&self, space: &str, ids: &IdGenerator, now: DateTime<Utc>) -> Result<usize, PortError> {
        rebuilding::add(&self.database, space, ids, now).await
    }

    async fn rebuild_state(&self, space: &str) -> Result<RebuildState, PortError> {
        rebuilding::state(&self.database, space).await
    }

    async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError> {
        operating::fingerprints(&self.database, uploads).await
    }

    async fn queue(&self, now: DateTime<Utc>) -> Result<QueueState, PortError> {
        operating::queue(&self.database, now).await
    }

    async fn running(&self, now: DateTime<Utc>) -> Result<Vec<JobId>, PortError> {
        let rows = job::Entity::find()
            .filter(job::Column::State.eq(JobState::Running))
            .filter(job::Column::AvailableAt.gt(now))
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(|row| JobId::from_uuid(row.id)).collect())
    }

    async fn rubbish(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<LadderId>, PortError> {
        let rows = ladder::Entity::find().filter(ladder::Column::DiscardAt.lte(now)).limit(limit).all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|row| LadderId::from_uuid(row.id)).collect())
    }

    async fn forget_ladder(&self, ladder_id: LadderId) -> Result<(), PortError> {
        self.database
            .write(|txn| Box::pin(async move { ladder::Entity::delete_by_id(ladder_id.uuid()).exec(&**txn).await.map(drop).map_err(store_error) }))
            .await
    }
}

/// Ends jobs of a track, except one, and makes rubbish of what they were making.
async fn cancel(txn: &Transaction<'_>, now: DateTime<Utc>, states: Vec<JobState>, track_id: TrackId, except: Option<JobId>) -> Result<(), PortError> {
    let mut which = Condition::all().add(job::Column::TrackId.eq(track_id.uuid())).add(job::Column::State.is_in(states));
    if let Some(except) = except {
        which = which.add(job::Column::Id.ne(except.uuid()));
    }
    let ended = job::Entity::find().filter(which.clone()).all(&**txn).await.map_err(store_error)?;
    change(now).col_expr(job::Column::State, Expr::value(JobState::Cancelled)).filter(which).exec(&**txn).await.map_err(store_error)?;
    discard(txn, now, ladder::Column::JobId.is_in(ended.into_iter().map(|row| row.id))).await
}
