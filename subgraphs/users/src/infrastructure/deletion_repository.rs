//! Ends of accounts in table `deletion`, and what goes with an account.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{DeletionId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select};
use uuid::Uuid;

use super::entity::deletion::{Column, Entity, Model};
use super::entity::{audit, data_export, ended_session, forgotten_password, session, user};
use super::session_repository::end_all;
use super::{answers, audit_log};
use crate::application::ports::Ending;
use crate::application::record::Record;
use crate::application::rights_ports::DeletionRepository;
use crate::domain::avatar::Avatar;
use crate::domain::data_export::DataExport;
use crate::domain::deletion::{Deletion, Reason};

/// Whose the lines of the audit are that were about somebody who is gone.
const NOBODY: Uuid = Uuid::nil();

/// [`DeletionRepository`] in SQL.
pub struct SqlDeletionRepository {
    database: Database,
}

impl SqlDeletionRepository {
    /// Ends in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn all(&self, query: Select<Entity>) -> Result<Vec<Deletion>, PortError> {
        let rows = query.all(self.database.read()).await.map_err(store_error)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut answers = answers::of(&self.database, &ids).await?;
        rows.into_iter()
            .map(|row| {
                Ok(Deletion {
                    id: Id::from_uuid(row.id),
                    user_id: row.user_id.map(Id::from_uuid),
                    reason: Reason::from_stored(&row.reason).ok_or_else(|| PortError::corrupt(format!("unknown reason {}", row.reason)))?,
                    requested_at: row.requested_at,
                    due_at: row.due_at,
                    begun_at: row.begun_at,
                    completed_at: row.completed_at,
                    answers: answers.remove(&row.id).unwrap_or_default(),
                })
            })
            .collect()
    }
}

fn row_of(deletion: &Deletion, blobs: &[String]) -> Model {
    Model {
        id: deletion.id.uuid(),
        user_id: deletion.user_id.map(Id::uuid),
        reason: deletion.reason.as_str().to_owned(),
        requested_at: deletion.requested_at,
        due_at: deletion.due_at,
        begun_at: deletion.begun_at,
        completed_at: deletion.completed_at,
        blobs: blobs.into(),
    }
}

#[async_trait]
impl DeletionRepository for SqlDeletionRepository {
    async fn schedule(&self, deletion: &Deletion, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    Entity::insert(row_of(deletion, &[]).into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn cancel(&self, user_id: UserId, record: &Record) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let query = Entity::delete_many().filter(Column::UserId.eq(user_id.uuid())).filter(Column::BegunAt.is_null());
                    if query.exec(&**txn).await.map_err(store_error)?.rows_affected == 0 {
                        return Ok(false);
                    }
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn find(&self, id: DeletionId) -> Result<Option<Deletion>, PortError> {
        Ok(self.all(Entity::find_by_id(id.uuid())).await?.pop())
    }

    async fn of_user(&self, user_id: UserId) -> Result<Option<Deletion>, PortError> {
        Ok(self.all(Entity::find().filter(Column::UserId.eq(user_id.uuid()))).await?.pop())
    }

    async fn due(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<Deletion>, PortError> {
        self.all(Entity::find().filter(Column::BegunAt.is_null()).filter(Column::DueAt.lte(now)).order_by_asc(Column::DueAt).limit(limit)).await
    }

    async fn unfinished(&self, limit: u64) -> Result<Vec<Deletion>, PortError> {
        self.all(Entity::find().filter(Column::BegunAt.is_not_null()).filter(Column::CompletedAt.is_null()).order_by_asc(Column::BegunAt).limit(limit)).await
    }

    async fn begin(&self, deletion: &Deletion, user_id: UserId, ending: Ending<'_>, told: &[Event]) -> Result<(), PortError> {
        let now = deletion.begun_at.unwrap_or(deletion.due_at);
        self.database
            .write(|txn| {
                Box::pin(async move {
                    // One that was cancelled since it was looked at does not begin.
                    let scheduled = Entity::find().filter(Column::UserId.eq(user_id.uuid())).lock_exclusive().one(&**txn).await.map_err(store_error)?;
                    let was_cancelled = deletion.reason == Reason::Wish && scheduled.is_none();
                    if was_cancelled || scheduled.is_some_and(|row| row.begun_at.is_some()) {
                        return Ok(());
                    }
                    let blobs = erase(txn, user_id, now, ending).await?;
                    let row = row_of(deletion, &blobs).into_active_model();
                    let replace = OnConflict::column(Column::Id).update_columns([Column::BegunAt, Column::Blobs]).to_owned();
                    Entity::insert(row).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                    answers::ask(txn, deletion.id.uuid(), &deletion.answers).await?;
                    outbox::append(txn, told).await
                })
            })
            .await
    }

    async fn blobs(&self, id: DeletionId) -> Result<Vec<String>, PortError> {
        let row = Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
        serde_json::from_value(row.blobs).map_err(PortError::corrupt)
    }

    async fn answered(&self, id: DeletionId, context: &str, now: DateTime<Utc>) -> Result<(), PortError> {
        answers::answered(&self.database, id.uuid(), context, now).await
    }

    async fn asked_again(&self, id: DeletionId, contexts: &[String], now: DateTime<Utc>, event: &Event) -> Result<(), PortError> {
        answers::ask_again(&self.database, id.uuid(), contexts, now, event).await
    }

    async fn complete(&self, id: DeletionId, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::CompletedAt, Expr::value(now))
                        .col_expr(Column::UserId, Expr::value(Option::<Uuid>::None))
                        .col_expr(Column::Blobs, Expr::value(serde_json::Value::Array(Vec::new())))
                        .filter(Column::Id.eq(id.uuid()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

/// This context's part of a person's end. Most of it hangs on the account and goes with it. Returns what is left in the blob store.
async fn erase(txn: &Transaction<'_>, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>) -> Result<Vec<String>, PortError> {
    let id = user_id.uuid();
    end_all(txn, user_id, now, ending).await?;
    let sessions = session::Entity::find().filter(session::Column::UserId.eq(id)).all(&**txn).await.map_err(store_error)?;
    // Gateways must go on refusing their tokens when the sessions are gone.
    let ended = sessions.into_iter().filter_map(|row| Some(ended_session::Model { id: row.id, ended_at: row.ended_at? }.into_active_model()));
    let ended: Vec<_> = ended.collect();
    if !ended.is_empty() {
        ended_session::Entity::insert_many(ended).exec_without_returning(&**txn).await.map_err(store_error)?;
    }
    let exports = data_export::Entity::find().filter(data_export::Column::UserId.eq(id)).all(&**txn).await.map_err(store_error)?;
    let exports: Vec<_> = exports.into_iter().map(|row| row.id).collect();
    answers::forget(txn, &exports).await?;
    if let Some(user) = user::Entity::find_by_id(id).one(&**txn).await.map_err(store_error)? {
        let logins = [user.username, user.email, user.email_key];
        forgotten_password::Entity::delete_many().filter(forgotten_password::Column::Login.is_in(logins)).exec(&**txn).await.map_err(store_error)?;
        user::Entity::delete_by_id(id).exec(&**txn).await.map_err(store_error)?;
    }
    anonymise_audit(txn, id).await?;
    let copies = exports.into_iter().flat_map(|id| [DataExport::folder(Id::from_uuid(id)), DataExport::archive_blob(Id::from_uuid(id))]);
    Ok(copies.chain([Avatar::folder(user_id)]).collect())
}

/// What was done stays, for the service's safety; by whom, to whom and from where goes.
async fn anonymise_audit(txn: &Transaction<'_>, id: Uuid) -> Result<(), PortError> {
    let nothing = || Expr::value(Option::<String>::None);
    let no_json = || Expr::value(Option::<serde_json::Value>::None);
    audit::Entity::update_many()
        .col_expr(audit::Column::ActorId, Expr::value(Option::<Uuid>::None))
        .col_expr(audit::Column::Address, nothing())
        .col_expr(audit::Column::Device, nothing())
        .filter(audit::Column::ActorId.eq(id))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    audit::Entity::update_many()
        .col_expr(audit::Column::UserId, Expr::value(NOBODY))
        .col_expr(audit::Column::Address, nothing())
        .col_expr(audit::Column::Device, nothing())
        .col_expr(audit::Column::Before, no_json())
        .col_expr(audit::Column::After, no_json())
        .filter(audit::Column::UserId.eq(id))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    Ok(())
}
