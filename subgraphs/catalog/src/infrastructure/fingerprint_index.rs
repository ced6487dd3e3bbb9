//! Known recordings in tables `fingerprint` and `fingerprint_term`.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::{TrackId, UploadId};
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::conflict::{conflict, expect_row};
use super::entity::{fingerprint, fingerprint_generation, fingerprint_term, track};
use crate::application::ports::{Candidate, FingerprintIndex, Screened};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::recording_review::KnownRecording;
use crate::domain::track_state::TrackState;

/// The only row of table `fingerprint_generation`.
const ROW: i32 = 1;
/// Recordings that may be known by one term. A term that more have in common tells them from nothing: that of silence, for one.
const MOST_RECORDINGS: i32 = 500;

/// [`FingerprintIndex`] in SQL.
pub struct SqlFingerprintIndex {
    database: Database,
}

impl SqlFingerprintIndex {
    /// The index in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl FingerprintIndex for SqlFingerprintIndex {
    async fn generation(&self) -> Result<i64, PortError> {
        let row = fingerprint_generation::Entity::find_by_id(ROW).one(self.database.read()).await.map_err(store_error)?;
        row.map(|row| row.generation).ok_or_else(|| PortError::corrupt("the fingerprint index has no generation"))
    }

    async fn candidates(&self, terms: &[u32], limit: u64) -> Result<Vec<Candidate>, PortError> {
        use fingerprint_term::Column;
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let nearest = fingerprint_term::Entity::find()
            .select_only()
            .column(Column::UploadId)
            .filter(Column::Term.is_in(terms.iter().map(|term| term.cast_signed())))
            .group_by(Column::UploadId)
            .order_by_desc(Column::Term.count())
            .order_by_asc(Column::UploadId)
            .limit(limit);
        let ids: Vec<Uuid> = nearest.into_tuple().all(self.database.read()).await.map_err(store_error)?;
        let rows = fingerprint::Entity::find().filter(fingerprint::Column::UploadId.is_in(ids)).all(self.database.read()).await.map_err(store_error)?;
        let owners = track::Entity::find()
            .select_only()
            .columns([track::Column::Id, track::Column::OwnerId, track::Column::State])
            .filter(track::Column::Id.is_in(rows.iter().map(|row| row.track_id)));
        let owners: Vec<(Uuid, Uuid, String)> = owners.into_tuple().all(self.database.read()).await.map_err(store_error)?;
        let owners: HashMap<Uuid, (Uuid, String)> = owners.into_iter().map(|(id, owner, state)| (id, (owner, state))).collect();
        let held = TrackState::Held { publish_wanted: false }.name();
        let candidate = |row: fingerprint::Model| {
            // Deleted between the two statements: it is known no more.
            let (owner, state) = owners.get(&row.track_id)?;
            let known =
                KnownRecording { track_id: Id::from_uuid(row.track_id), owner_id: Id::from_uuid(*owner), condemned: row.rejected || state.as_str() == held };
            Some(Candidate { known, fingerprint: Fingerprint::from_stored(&row.items) })
        };
        Ok(rows.into_iter().filter_map(candidate).collect())
    }

    async fn unknown(&self, after: Option<TrackId>, limit: u64) -> Result<Vec<(TrackId, UploadId)>, PortError> {
        use track::Column;
        let mut query = track::Entity::find().select_only().columns([Column::Id, Column::UploadId]).filter(processed()).filter(Expr::exists(known()).not());
        if let Some(after) = after {
            query = query.filter(Column::Id.gt(after.uuid()));
        }
        let rows: Vec<(Uuid, Uuid)> = query.order_by_asc(Column::Id).limit(limit).into_tuple().all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|(track, upload)| (Id::from_uuid(track), Id::from_uuid(upload))).collect())
    }

    async fn make_known(&self, track_id: TrackId, upload_id: UploadId, fingerprint: &Fingerprint) -> Result<bool, PortError> {
        loop {
            let generation = self.generation().await?;
            let screened = &Screened { upload_id, fingerprint: fingerprint.clone(), generation, review: None };
            let made = self.database.write(|txn| {
                Box::pin(async move {
                    use track::Column;
                    let wanted = track::Entity::find()
                        .select_only()
                        .column(Column::Id)
                        .filter(Column::Id.eq(track_id.uuid()))
                        .filter(Column::UploadId.eq(upload_id.uuid()))
                        .filter(processed())
                        .filter(Expr::exists(known()).not());
                    if wanted.into_tuple::<Uuid>().one(&**txn).await.map_err(store_error)?.is_none() {
                        return Ok(false);
                    }
                    add(txn, track_id, screened).await?;
                    Ok(true)
                })
            });
            match made.await.map_err(conflict) {
                // Another recording became known between: that is no matter here, only the number is.
                Err(PortError::Conflict { .. }) => {}
                other => return other,
            }
        }
    }
}

/// Tracks whose processing went well.
fn processed() -> Condition {
    let states = [TrackState::Ready, TrackState::Published, TrackState::Rejected, TrackState::Held { publish_wanted: false }];
    Condition::all().add(track::Column::State.is_in(states.map(|state| state.name()))).add(track::Column::UploadId.is_not_null())
}

/// The fingerprint of a track's current upload.
fn known() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(fingerprint::Entity)
        .and_where(Expr::col((fingerprint::Entity, fingerprint::Column::UploadId)).equals((track::Entity, track::Column::UploadId)))
        .to_owned()
}

/// The recording of `track_id` is known from now on, unless another became known since it was compared.
pub(super) async fn add(txn: &Transaction<'_>, track_id: TrackId, screened: &Screened) -> Result<(), PortError> {
    use fingerprint_term::Column;
    let upload_id = screened.upload_id.uuid();
    let next = fingerprint_generation::Entity::update_many()
        .col_expr(fingerprint_generation::Column::Generation, Expr::col(fingerprint_generation::Column::Generation).add(1))
        .filter(fingerprint_generation::Column::Id.eq(ROW))
        .filter(fingerprint_generation::Column::Generation.eq(screened.generation));
    expect_row(&next.exec(&**txn).await.map_err(store_error)?)?;
    let row = fingerprint::Model { upload_id, track_id: track_id.uuid(), items: screened.fingerprint.to_bytes(), rejected: false };
    fingerprint::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    let terms: Vec<i32> = screened.fingerprint.terms().into_iter().map(u32::cast_signed).collect();
    let crowded = fingerprint_term::Entity::find()
        .select_only()
        .column(Column::Term)
        .filter(Column::Term.is_in(terms.iter().copied()))
        .group_by(Column::Term)
        .having(Column::UploadId.count().gte(MOST_RECORDINGS));
    let crowded: Vec<i32> = crowded.into_tuple().all(&**txn).await.map_err(store_error)?;
    let rows: Vec<_> =
        terms.into_iter().filter(|term| !crowded.contains(term)).map(|term| fingerprint_term::Model { term, upload_id }.into_active_model()).collect();
    if !rows.is_empty() {
        fingerprint_term::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    }
    Ok(())
}

/// The recordings that the track had are known no more, but for those that were rejected.
pub(super) async fn remove_replaced(txn: &Transaction<'_>, track_id: TrackId) -> Result<(), PortError> {
    use fingerprint::Column;
    let replaced = fingerprint::Entity::delete_many().filter(Column::TrackId.eq(track_id.uuid())).filter(Column::Rejected.eq(false));
    replaced.exec(&**txn).await.map_err(store_error)?;
    Ok(())
}

/// Whether the recording stays known when another takes its place.
pub(super) async fn set_rejected(txn: &Transaction<'_>, upload_id: UploadId, rejected: bool) -> Result<(), PortError> {
    use fingerprint::Column;
    let set = fingerprint::Entity::update_many().col_expr(Column::Rejected, Expr::value(rejected)).filter(Column::UploadId.eq(upload_id.uuid()));
    set.exec(&**txn).await.map_err(store_error)?;
    Ok(())
}
