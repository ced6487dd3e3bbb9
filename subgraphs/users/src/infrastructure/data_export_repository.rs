//! Copies in table `data_export`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{DataExportId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select};

use super::entity::data_export::{Column, Entity, Model};
use super::{answers, audit_log};
use crate::application::record::Record;
use crate::application::rights_ports::DataExportRepository;
use crate::domain::data_export::{Archive, DataExport};

/// [`DataExportRepository`] in SQL.
pub struct SqlDataExportRepository {
    database: Database,
}

impl SqlDataExportRepository {
    /// Copies in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn all(&self, query: Select<Entity>) -> Result<Vec<DataExport>, PortError> {
        let rows = query.all(self.database.read()).await.map_err(store_error)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut answers = answers::of(&self.database, &ids).await?;
        rows.into_iter()
            .map(|row| {
                let archive = match (row.ready_at, row.expires_at, row.size_bytes) {
                    (Some(ready_at), Some(expires_at), Some(size)) => {
                        Some(Archive { ready_at, expires_at, size_bytes: size.try_into().map_err(PortError::corrupt)? })
                    }
                    _ => None,
                };
                let answers = answers.remove(&row.id).unwrap_or_default();
                Ok(DataExport { id: Id::from_uuid(row.id), user_id: Id::from_uuid(row.user_id), requested_at: row.requested_at, archive, answers })
            })
            .collect()
    }
}

#[async_trait]
impl DataExportRepository for SqlDataExportRepository {
    async fn add(&self, export: &DataExport, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let (id, user_id) = (export.id.uuid(), export.user_id.uuid());
                    let row = Model { id, user_id, requested_at: export.requested_at, ready_at: None, expires_at: None, size_bytes: None };
                    Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    answers::ask(txn, id, &export.answers).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn find(&self, id: DataExportId) -> Result<Option<DataExport>, PortError> {
        Ok(self.all(Entity::find_by_id(id.uuid())).await?.pop())
    }

    async fn of_user(&self, user_id: UserId) -> Result<Vec<DataExport>, PortError> {
        self.all(Entity::find().filter(Column::UserId.eq(user_id.uuid())).order_by_desc(Column::Id)).await
    }

    async fn unfinished(&self, limit: u64) -> Result<Vec<DataExport>, PortError> {
        self.all(Entity::find().filter(Column::ReadyAt.is_null()).order_by_asc(Column::Id).limit(limit)).await
    }

    async fn answered(&self, id: DataExportId, context: &str, now: DateTime<Utc>) -> Result<(), PortError> {
        answers::answered(&self.database, id.uuid(), context, now).await
    }

    async fn asked_again(&self, id: DataExportId, contexts: &[String], now: DateTime<Utc>, event: &Event) -> Result<(), PortError> {
        answers::ask_again(&self.database, id.uuid(), contexts, now, event).await
    }

    async fn finish(&self, id: DataExportId, archive: Archive) -> Result<(), PortError> {
        let size_bytes = i64::try_from(archive.size_bytes).map_err(PortError::corrupt)?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let finished = Entity::update_many()
                        .col_expr(Column::ReadyAt, Expr::value(archive.ready_at))
                        .col_expr(Column::ExpiresAt, Expr::value(archive.expires_at))
                        .col_expr(Column::SizeBytes, Expr::value(size_bytes))
                        .filter(Column::Id.eq(id.uuid()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    if finished.rows_affected == 0 { Err(PortError::NotFound) } else { Ok(()) }
                })
            })
            .await
    }

    async fn expired(&self, now: DateTime<Utc>, limit: u64) -> Result<Vec<DataExportId>, PortError> {
        let rows = Entity::find().filter(Column::ExpiresAt.lte(now)).limit(limit).all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|row| Id::from_uuid(row.id)).collect())
    }

    async fn remove(&self, id: DataExportId) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    answers::forget(txn, &[id.uuid()]).await?;
                    Entity::delete_by_id(id.uuid()).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}
