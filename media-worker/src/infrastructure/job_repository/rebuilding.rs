//! Hearing the whole catalogue once more, by another model: a job an upload, of the lowest priority.

use chrono::{DateTime, Utc};
use kernel::{IdGenerator, PortError};
use platform::Database;
use platform::database::store_error;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{UNFINISHED, change, queued};
use crate::application::ports::RebuildState;
use crate::domain::job::{Priority, Purpose};
use crate::infrastructure::entity::job::{self, JobState};
use crate::infrastructure::entity::ladder;

/// Jobs added in one transaction.
const PAGE: u64 = 500;

/// Ends unfinished jobs of other models, and has those of this one that ended without success tried again.
pub(super) async fn begin(database: &Database, space: &str, now: DateTime<Utc>) -> Result<(), PortError> {
    let purpose = &Purpose::Embedding(space.to_owned()).name();
    database
        .write(|txn| {
            Box::pin(async move {
                change(now)
                    .col_expr(job::Column::State, Expr::value(JobState::Cancelled))
                    .filter(job::Column::Purpose.ne(Purpose::Ladder.name()))
                    .filter(job::Column::Purpose.ne(purpose))
                    .filter(job::Column::State.is_in(UNFINISHED))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                change(now)
                    .col_expr(job::Column::State, Expr::value(JobState::Queued))
                    .col_expr(job::Column::Attempts, Expr::value(0))
                    .col_expr(job::Column::AvailableAt, Expr::value(now))
                    .filter(job::Column::Purpose.eq(purpose))
                    .filter(job::Column::State.is_in([JobState::Failed, JobState::Cancelled]))
                    .exec(&**txn)
                    .await
                    .map(drop)
                    .map_err(store_error)
            })
        })
        .await
}

/// Adds jobs for uploads that have none of this model yet; returns how many. None are left when it returns 0.
pub(super) async fn add(database: &Database, space: &str, ids: &IdGenerator, now: DateTime<Utc>) -> Result<usize, PortError> {
    let purpose = &Purpose::Embedding(space.to_owned()).name();
    let other = |column: job::Column| Expr::col(("other", column));
    let own = Query::select()
        .expr(Expr::val(1))
        .from_as(job::Entity, "other")
        .and_where(other(job::Column::UploadId).equals((job::Entity, job::Column::UploadId)))
        .and_where(other(job::Column::Purpose).eq(purpose.clone()))
        .to_owned();
    // What was superseded or deleted is nobody's to hear.
    let wanted = Query::select()
        .expr(Expr::val(1))
        .from(ladder::Entity)
        .and_where(Expr::col((ladder::Entity, ladder::Column::Id)).equals((job::Entity, job::Column::LadderId)))
        .and_where(Expr::col((ladder::Entity, ladder::Column::DiscardAt)).is_null())
        .to_owned();
    let page = &job::Entity::find()
        .filter(job::Column::Purpose.eq(Purpose::Ladder.name()))
        .filter(job::Column::State.eq(JobState::Done))
        // The recipe ends with the model that heard it when it was made.
        .filter(job::Column::Recipe.is_null().or(job::Column::Recipe.not_like(format!("% embedding={space}"))))
        .filter(Expr::exists(wanted))
        .filter(Expr::exists(own).not())
        .order_by_asc(job::Column::Id)
        .limit(PAGE)
        .all(database.read())
        .await
        .map_err(store_error)?;
    let added = database.write(|txn| {
        Box::pin(async move {
            let rows = page.iter().map(|row| job::ActiveModel {
                id: ActiveValue::Set(ids.uuid()),
                purpose: ActiveValue::Set(purpose.clone()),
                priority: ActiveValue::Set(Priority::Low.rank()),
                track_id: ActiveValue::Set(row.track_id),
                upload_id: ActiveValue::Set(row.upload_id),
                uploader_id: ActiveValue::Set(row.uploader_id),
                blob: ActiveValue::Set(row.blob.clone()),
                sha256: ActiveValue::Set(row.sha256.clone()),
                size_bytes: ActiveValue::Set(row.size_bytes),
                ..queued(now)
            });
            let rows: Vec<_> = rows.collect();
            if !rows.is_empty() {
                let insert = job::Entity::insert_many(rows).on_conflict_do_nothing_on([job::Column::UploadId, job::Column::Purpose]);
                insert.exec_without_returning(&**txn).await.map_err(store_error)?;
            }
            Ok(())
        })
    });
    added.await?;
    Ok(page.len())
}

pub(super) async fn state(database: &Database, space: &str) -> Result<RebuildState, PortError> {
    let purpose = Purpose::Embedding(space.to_owned()).name();
    let count = async |state: JobState| {
        let jobs = job::Entity::find().filter(job::Column::Purpose.eq(&purpose)).filter(job::Column::State.eq(state));
        jobs.count(database.read()).await.map_err(store_error)
    };
    Ok(RebuildState {
        waiting: count(JobState::Queued).await?,
        running: count(JobState::Running).await?,
        done: count(JobState::Done).await?,
        failed: count(JobState::Failed).await?,
    })
}
