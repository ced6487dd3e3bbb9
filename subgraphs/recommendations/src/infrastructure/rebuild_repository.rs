//! Rebuilds in SQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::RebuildId;
use kernel::{Event, Id, PortError};
use platform::database::store_error;
use platform::{Database, inbox, outbox};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use super::entity::{accepted_space, published_track, rebuild, unheard_upload, upload_vector};
use super::track_vector_repository::{HEARD, known};
use crate::NAME;
use crate::application::ports::RebuildRepository;
use crate::domain::rebuild::{Began, Rebuild, Unheard};
use crate::domain::track_vector::Space;

/// [`RebuildRepository`] by sea-orm.
pub struct SqlRebuildRepository {
    database: Database,
}

impl SqlRebuildRepository {
    /// In `database`, migrated.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl RebuildRepository for SqlRebuildRepository {
    async fn request(&self, rebuild: &Rebuild, told: &Event) -> Result<(), PortError> {
        let row = &row_of(rebuild)?;
        let requested = self.database.write(|txn| {
            Box::pin(async move {
                rebuild::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                outbox::append(txn, std::slice::from_ref(told)).await
            })
        });
        requested.await
    }

    async fn begin(&self, event_id: Uuid, id: RebuildId, began: &Began) -> Result<(), PortError> {
        let uploads = i64::try_from(began.uploads).map_err(PortError::corrupt)?;
        let begun = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                rebuild::Entity::update_many()
                    .col_expr(rebuild::Column::BeganAt, Expr::value(began.at))
                    .col_expr(rebuild::Column::Space, Expr::value(began.space.name.clone()))
                    .col_expr(rebuild::Column::Uploads, Expr::value(uploads))
                    .filter(rebuild::Column::Id.eq(id.uuid()))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                // Those are tried again. What fails once more is told once more, and may be told before this is.
                unheard_upload::Entity::delete_many()
                    .filter(unheard_upload::Column::Space.eq(&began.space.name))
                    .filter(unheard_upload::Column::At.lte(began.at))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                // What was accepted was another outcome.
                accepted_space::Entity::delete_many()
                    .filter(accepted_space::Column::Space.eq(&began.space.name))
                    .filter(accepted_space::Column::AcceptedAt.lte(began.at))
                    .exec(&**txn)
                    .await
                    .map(drop)
                    .map_err(store_error)
            })
        });
        begun.await
    }

    async fn latest(&self) -> Result<Option<Rebuild>, PortError> {
        // Ids rise with time.
        let row = rebuild::Entity::find().order_by_desc(rebuild::Column::Id).one(self.database.read()).await.map_err(store_error)?;
        row.map(rebuild_of).transpose()
    }

    async fn note_unheard(&self, event_id: Uuid, unheard: &Unheard) -> Result<(), PortError> {
        use unheard_upload::Column;
        let noted = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                let row = unheard_upload::Model {
                    upload_id: unheard.upload_id.uuid(),
                    space: unheard.space.name.clone(),
                    track_id: unheard.track_id.uuid(),
                    job_id: unheard.job_id.uuid(),
                    reason: unheard.reason.clone(),
                    at: unheard.at,
                };
                let replace = OnConflict::columns([Column::UploadId, Column::Space]).update_columns([Column::JobId, Column::Reason, Column::At]).to_owned();
                let insert = unheard_upload::Entity::insert(row.into_active_model()).on_conflict(replace);
                insert.exec_without_returning(&**txn).await.map(drop).map_err(store_error)
            })
        });
        noted.await
    }

    async fn unheard(&self, space: &Space, limit: u64) -> Result<Vec<Unheard>, PortError> {
        use unheard_upload::Column;
        let query = unheard_in(space).order_by_asc(Column::At).order_by_asc(Column::UploadId).limit(limit);
        query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(unheard_of).collect()
    }

    async fn count_unheard(&self, space: &Space, present: &Space) -> Result<usize, PortError> {
        let known = Query::select()
            .expr(Expr::val(1))
            .from(upload_vector::Entity)
            .and_where(Expr::col((unheard_upload::Entity, unheard_upload::Column::UploadId)).equals((upload_vector::Entity, upload_vector::Column::UploadId)))
            .and_where(Expr::col((upload_vector::Entity, upload_vector::Column::Space)).eq(present.name.clone()))
            .and_where(Expr::cust(HEARD))
            .to_owned();
        let lost = unheard_in(space).filter(Expr::exists(known));
        usize::try_from(lost.count(self.database.read()).await.map_err(store_error)?).map_err(PortError::corrupt)
    }

    async fn accept(&self, space: &Space, at: DateTime<Utc>, told: &Event) -> Result<(), PortError> {
        let accepted = self.database.write(|txn| {
            Box::pin(async move {
                let row = accepted_space::ActiveModel { space: ActiveValue::Set(space.name.clone()), accepted_at: ActiveValue::Set(at) };
                let replace = OnConflict::column(accepted_space::Column::Space).update_column(accepted_space::Column::AcceptedAt).to_owned();
                accepted_space::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                outbox::append(txn, std::slice::from_ref(told)).await
            })
        });
        accepted.await
    }

    async fn is_accepted(&self, space: &Space) -> Result<bool, PortError> {
        let row = accepted_space::Entity::find_by_id(space.name.clone()).one(self.database.read()).await.map_err(store_error)?;
        Ok(row.is_some())
    }
}

/// What of the published could not be heard in a space, and was not heard there by other means.
fn unheard_in(space: &Space) -> Select<unheard_upload::Entity> {
    let own = |column: unheard_upload::Column| Expr::col((unheard_upload::Entity, column));
    let published = Query::select()
        .expr(Expr::val(1))
        .from(published_track::Entity)
        .and_where(own(unheard_upload::Column::UploadId).equals((published_track::Entity, published_track::Column::UploadId)))
        .to_owned();
    let heard = Query::select()
        .expr(Expr::val(1))
        .from(upload_vector::Entity)
        .and_where(own(unheard_upload::Column::UploadId).equals((upload_vector::Entity, upload_vector::Column::UploadId)))
        .and_where(own(unheard_upload::Column::Space).equals((upload_vector::Entity, upload_vector::Column::Space)))
        .to_owned();
    unheard_upload::Entity::find().filter(unheard_upload::Column::Space.eq(&space.name)).filter(Expr::exists(published)).filter(Expr::exists(heard).not())
}

fn row_of(rebuild: &Rebuild) -> Result<rebuild::Model, PortError> {
    let Rebuild { id, requested_by, requested_at, began } = rebuild;
    Ok(rebuild::Model {
        id: id.uuid(),
        requested_by: requested_by.uuid(),
        requested_at: *requested_at,
        began_at: began.as_ref().map(|began| began.at),
        space: began.as_ref().map(|began| began.space.name.clone()),
        uploads: began.as_ref().map(|began| i64::try_from(began.uploads)).transpose().map_err(PortError::corrupt)?,
    })
}

fn rebuild_of(row: rebuild::Model) -> Result<Rebuild, PortError> {
    let began = match (row.began_at, row.space, row.uploads) {
        (Some(at), Some(space), Some(uploads)) => Some(Began { space: known(&space)?, uploads: u64::try_from(uploads).map_err(PortError::corrupt)?, at }),
        _ => None,
    };
    Ok(Rebuild { id: Id::from_uuid(row.id), requested_by: Id::from_uuid(row.requested_by), requested_at: row.requested_at, began })
}

fn unheard_of(row: unheard_upload::Model) -> Result<Unheard, PortError> {
    Ok(Unheard {
        track_id: Id::from_uuid(row.track_id),
        upload_id: Id::from_uuid(row.upload_id),
        space: known(&row.space)?,
        job_id: Id::from_uuid(row.job_id),
        reason: row.reason,
        at: row.at,
    })
}
