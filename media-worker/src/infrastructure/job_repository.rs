//! Jobs and ladders in the worker's database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{JobId, LadderId, TrackId, UploadId};
use kernel::{Event, PortError};
use platform::Database;
use platform::database::{Transaction, store_error};
use platform::{inbox, outbox};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveValue, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult, UpdateMany};
use uuid::Uuid;

use super::entity::job::{self, JobState};
use super::entity::ladder;
use crate::application::ports::{ClaimedJob, JobRepository, Lease, LeaseError, NewJob};

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
                        blob: ActiveValue::Set(job.blob.clone()),
                        state: ActiveValue::Set(JobState::Queued),
                        attempts: ActiveValue::Set(0),
                        available_at: ActiveValue::Set(now),
                        ladder_id: ActiveValue::Set(None),
                        last_error: ActiveValue::Set(None),
                        created_at: ActiveValue::Set(now),
                        updated_at: ActiveValue::Set(now),
                    };
                    let inserted = job::Entity::insert(row)
                        .on_conflict_do_nothing_on([job::Column::UploadId])
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
            let Some(waiting) = self.longest_waiting(now).await? else { return Ok(None) };
            if let Some(claimed) = self.claim_this(waiting, ladder_id, now, until).await? {
                return Ok(Some(claimed));
            }
            // Another worker was faster; it changed the row, so this ends.
        }
    }

    async fn extend(&self, lease: Lease, until: DateTime<Utc>) -> Result<(), LeaseError> {
        let change = job::Entity::update_many().col_expr(job::Column::AvailableAt, Expr::value(until));
        self.settle(lease, change, None, &[]).await
    }

    async fn complete(&self, lease: Lease, now: DateTime<Utc>, superseded_until: DateTime<Utc>, events: &[Event]) -> Result<(), LeaseError> {
        let done = &change(now).col_expr(job::Column::State, Expr::value(JobState::Done)).col_expr(job::Column::LastError, Expr::value(None::<String>));
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

    async fn retry(&self, lease: Lease, now: DateTime<Utc>, at: DateTime<Utc>, error: &str) -> Result<(), LeaseError> {
        let change = change(now)
            .col_expr(job::Column::State, Expr::value(JobState::Queued))
            .col_expr(job::Column::AvailableAt, Expr::value(at))
            .col_expr(job::Column::LastError, Expr::value(error));
        self.settle(lease, change, Some(now), &[]).await
    }

    async fn fail(&self, lease: Lease, now: DateTime<Utc>, error: &str, events: &[Event]) -> Result<(), LeaseError> {
        let change = change(now).col_expr(job::Column::State, Expr::value(JobState::Failed)).col_expr(job::Column::LastError, Expr::value(error));
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

impl SeaJobRepository {
    async fn longest_waiting(&self, now: DateTime<Utc>) -> Result<Option<job::Model>, PortError> {
        job::Entity::find()
            .filter(job::Column::State.is_in(UNFINISHED))
            .filter(job::Column::AvailableAt.lte(now))
            .order_by_asc(job::Column::AvailableAt)
            .order_by_asc(job::Column::Id)
            .one(self.database.read())
            .await
            .map_err(store_error)
    }

    /// Claims `waiting` if it still is as it was read.
    async fn claim_this(&self, waiting: job::Model, ladder_id: LadderId, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<ClaimedJob>, PortError> {
        let row = &waiting;
        let attempts = row.attempts + 1;
        let won = self
            .database
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
                    Ok(true)
                })
            })
            .await?;
        Ok(won.then(|| ClaimedJob {
            lease: Lease { job_id: JobId::from_uuid(waiting.id), ladder_id },
            track_id: TrackId::from_uuid(waiting.track_id),
            upload_id: UploadId::from_uuid(waiting.upload_id),
            blob: waiting.blob,
            attempt: u32::try_from(attempts).unwrap_or(u32::MAX),
        }))
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
