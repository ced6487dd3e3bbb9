//! Vectors and publications in SQL.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::{GenreId, TrackId, UploadId, UserId};
use kernel::{Genre, Id, PortError};
use platform::database::store_error;
use platform::{Database, inbox};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveValue, ColumnTrait as _, EntityTrait as _, JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _,
    Select,
};
use uuid::Uuid;

use super::entity::{published_track, serving_space, track_label, unheard_upload, upload_vector};
use crate::NAME;
use crate::application::ports::TrackVectorRepository;
use crate::domain::track_vector::{Hearing, Label, Space, TrackVector};

/// A model has heard something.
pub(super) const HEARD: &str = "length(upload_vector.vector) > 0";

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
    async fn record(&self, event_id: Uuid, hearing: &Hearing) -> Result<(), PortError> {
        let recorded = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                let row = upload_vector::ActiveModel {
                    upload_id: ActiveValue::Set(hearing.upload_id.uuid()),
                    space: ActiveValue::Set(hearing.space.name.clone()),
                    track_id: ActiveValue::Set(hearing.track_id.uuid()),
                    vector: ActiveValue::Set(hearing.vector.iter().flatten().flat_map(|value| value.to_le_bytes()).collect()),
                };
                let key = [upload_vector::Column::UploadId, upload_vector::Column::Space];
                let replace = OnConflict::columns(key).update_column(upload_vector::Column::Vector).to_owned();
                upload_vector::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                let failure = unheard_upload::Entity::delete_by_id((hearing.upload_id.uuid(), hearing.space.name.clone()));
                failure.exec(&**txn).await.map_err(store_error)?;
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
                    track_label::Entity::delete_by_id(track_id.uuid()).exec(&**txn).await.map_err(store_error)?;
                    upload_vector::Entity::delete_many().filter(upload_vector::Column::TrackId.eq(track_id.uuid())).exec(&**txn).await.map_err(store_error)?;
                    let unheard = unheard_upload::Entity::delete_many().filter(unheard_upload::Column::TrackId.eq(track_id.uuid()));
                    unheard.exec(&**txn).await.map_err(store_error)?;
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
        let query = heard().filter(published_track::Column::TrackId.is_in(tracks.iter().map(|track| track.uuid())));
        vectors(&query.select_also(upload_vector::Entity).all(self.database.read()).await.map_err(store_error)?)
    }

    async fn page_of_published(&self, space: &Space, after: Option<TrackId>, limit: u64) -> Result<Vec<TrackVector>, PortError> {
        let mut query = heard_in(space).order_by_asc(published_track::Column::TrackId).limit(limit);
        if let Some(after) = after {
            query = query.filter(published_track::Column::TrackId.gt(after.uuid()));
        }
        vectors(&query.select_also(upload_vector::Entity).all(self.database.read()).await.map_err(store_error)?)
    }

    async fn count_published(&self, space: &Space) -> Result<usize, PortError> {
        usize::try_from(heard_in(space).count(self.database.read()).await.map_err(store_error)?).map_err(PortError::corrupt)
    }

    async fn spaces(&self) -> Result<Vec<Space>, PortError> {
        let names: Vec<String> = upload_vector::Entity::find()
            .select_only()
            .column(upload_vector::Column::Space)
            .distinct()
            .order_by_asc(upload_vector::Column::Space)
            .into_tuple()
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        names.iter().map(|name| known(name)).collect()
    }

    async fn serving(&self) -> Result<Option<Space>, PortError> {
        let row = serving_space::Entity::find_by_id(serving_space::ONLY).one(self.database.read()).await.map_err(store_error)?;
        row.map(|row| known(&row.space)).transpose()
    }

    async fn missing(&self, candidate: &Space, present: &Space) -> Result<usize, PortError> {
        let same = Expr::col(("candidate", upload_vector::Column::UploadId)).equals((published_track::Entity, published_track::Column::UploadId));
        let of_candidate = Query::select()
            .expr(Expr::val(1))
            .from_as(upload_vector::Entity, "candidate")
            .and_where(same)
            .and_where(Expr::col(("candidate", upload_vector::Column::Space)).eq(candidate.name.clone()))
            .to_owned();
        let missing = heard_in(present).filter(Expr::exists(of_candidate).not());
        usize::try_from(missing.count(self.database.read()).await.map_err(store_error)?).map_err(PortError::corrupt)
    }

    async fn label(&self, event_id: Uuid, label: &Label) -> Result<(), PortError> {
        let labelled = self.database.write(|txn| {
            Box::pin(async move {
                if !inbox::first_time(txn, NAME, event_id).await? {
                    return Ok(());
                }
                let slugs: Vec<_> = label.genres.iter().filter_map(|id| Genre::by_id(*id)).map(|genre| genre.slug).collect();
                let row = track_label::ActiveModel {
                    track_id: ActiveValue::Set(label.track_id.uuid()),
                    owner_id: ActiveValue::Set(label.owner_id.uuid()),
                    genres: ActiveValue::Set(slugs.join(" ")),
                };
                let replace =
                    OnConflict::column(track_label::Column::TrackId).update_columns([track_label::Column::OwnerId, track_label::Column::Genres]).to_owned();
                track_label::Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map(drop).map_err(store_error)
            })
        });
        labelled.await
    }

    async fn owner(&self, track_id: TrackId) -> Result<Option<UserId>, PortError> {
        let row = track_label::Entity::find_by_id(track_id.uuid()).one(self.database.read()).await.map_err(store_error)?;
        Ok(row.map(|row| Id::from_uuid(row.owner_id)))
    }

    async fn genres(&self, tracks: &[TrackId]) -> Result<HashMap<TrackId, Vec<GenreId>>, PortError> {
        if tracks.is_empty() {
            return Ok(HashMap::new());
        }
        let query = track_label::Entity::find().filter(track_label::Column::TrackId.is_in(tracks.iter().map(|track| track.uuid())));
        let rows = query.filter(track_label::Column::Genres.ne("")).all(self.database.read()).await.map_err(store_error)?;
        let genres = |slugs: &str| slugs.split(' ').filter_map(Genre::by_slug).map(|genre| genre.id()).collect();
        Ok(rows.iter().map(|row| (Id::from_uuid(row.track_id), genres(&row.genres))).collect())
    }

    async fn latest(&self, track_id: TrackId) -> Result<Vec<TrackVector>, PortError> {
        let query = upload_vector::Entity::find().filter(upload_vector::Column::TrackId.eq(track_id.uuid())).filter(Expr::cust(HEARD));
        // Ids of uploads rise with time.
        let rows = query.order_by_desc(upload_vector::Column::UploadId).all(self.database.read()).await.map_err(store_error)?;
        let latest = rows.first().map(|row| row.upload_id);
        rows.iter().filter(|row| Some(row.upload_id) == latest).map(vector_of).collect()
    }

    async fn serve(&self, space: &Space, before: Option<&Space>) -> Result<bool, PortError> {
        let served = self.database.write(|txn| {
            Box::pin(async move {
                let Some(before) = before else {
                    let row = serving_space::ActiveModel { id: ActiveValue::Set(serving_space::ONLY), space: ActiveValue::Set(space.name.clone()) };
                    let insert = serving_space::Entity::insert(row).on_conflict_do_nothing_on([serving_space::Column::Id]);
                    let inserted = insert.exec_without_returning(&**txn).await.map_err(store_error)?;
                    return Ok(matches!(inserted, sea_orm::TryInsertResult::Inserted(1..)));
                };
                let changed = serving_space::Entity::update_many()
                    .col_expr(serving_space::Column::Space, Expr::value(space.name.clone()))
                    .filter(serving_space::Column::Space.eq(&before.name))
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                Ok(changed.rows_affected == 1)
            })
        });
        served.await
    }

    async fn discard(&self, space: &Space) -> Result<(), PortError> {
        let discarded = self.database.write(|txn| {
            Box::pin(async move {
                let serving = Query::select().column(serving_space::Column::Space).from(serving_space::Entity).to_owned();
                let known = Query::select()
                    .column(upload_vector::Column::UploadId)
                    .from(upload_vector::Entity)
                    .and_where(upload_vector::Column::Space.in_subquery(serving.clone()))
                    .to_owned();
                let which = upload_vector::Column::Space
                    .eq(&space.name)
                    .and(upload_vector::Column::Space.not_in_subquery(serving))
                    .and(upload_vector::Column::UploadId.in_subquery(known));
                upload_vector::Entity::delete_many().filter(which).exec(&**txn).await.map(drop).map_err(store_error)
            })
        });
        discarded.await
    }
}

/// What is published and was heard.
fn heard() -> Select<published_track::Entity> {
    published_track::Entity::find().join(JoinType::InnerJoin, published_track::Relation::Vector.def()).filter(Expr::cust(HEARD))
}

fn heard_in(space: &Space) -> Select<published_track::Entity> {
    heard().filter(upload_vector::Column::Space.eq(&space.name))
}

pub(super) fn known(name: &str) -> Result<Space, PortError> {
    Space::named(name).ok_or_else(|| PortError::corrupt(format!("no space is called {name}")))
}

fn vectors(rows: &[(published_track::Model, Option<upload_vector::Model>)]) -> Result<Vec<TrackVector>, PortError> {
    rows.iter().filter_map(|(_, vector)| vector.as_ref()).map(vector_of).collect()
}

fn vector_of(row: &upload_vector::Model) -> Result<TrackVector, PortError> {
    let vector = row.vector.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok(TrackVector { track_id: Id::from_uuid(row.track_id), upload_id: Id::from_uuid(row.upload_id), space: known(&row.space)?, vector })
}
