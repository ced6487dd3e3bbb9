//! The audit in table `audit`.

use async_trait::async_trait;
use kernel::id::{AuditEntryId, UserId};
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::{inbox, outbox};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::entity::audit;
use crate::application::ports::AuditLog;
use crate::application::record::Record;
use crate::domain::audit::{Action, AuditEntry};

/// [`AuditLog`] in SQL.
pub struct SqlAuditLog {
    database: Database,
}

impl SqlAuditLog {
    /// The audit in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AuditLog for SqlAuditLog {
    async fn entries(&self, user_id: Option<UserId>, before: Option<AuditEntryId>, limit: u64) -> Result<Vec<AuditEntry>, PortError> {
        let mut query = audit::Entity::find().order_by_desc(audit::Column::Id).limit(limit);
        if let Some(user_id) = user_id {
            query = query.filter(audit::Column::UserId.eq(user_id.uuid()));
        }
        if let Some(before) = before {
            query = query.filter(audit::Column::Id.lt(before.uuid()));
        }
        let rows = query.all(self.database.read()).await.map_err(store_error)?;
        rows.into_iter().map(entry_of).collect()
    }

    async fn note_once(&self, cause: Uuid, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if inbox::first_time(txn, "users.audit", cause).await? {
                        store(txn, record).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// Stores what a change tells and notes, in its transaction.
pub(super) async fn store(txn: &Transaction<'_>, record: &Record) -> Result<(), PortError> {
    if !record.audit.is_empty() {
        let rows = record.audit.iter().map(|entry| row_of(entry).into_active_model());
        audit::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    }
    outbox::append(txn, &record.events).await
}

fn row_of(entry: &AuditEntry) -> audit::Model {
    audit::Model {
        id: entry.id.uuid(),
        at: entry.at,
        actor_id: entry.actor_id.map(Id::uuid),
        action: entry.action.as_str().to_owned(),
        user_id: entry.user_id.uuid(),
        address: entry.address.clone(),
        device: entry.device.clone(),
        before: entry.before.clone(),
        after: entry.after.clone(),
    }
}

fn entry_of(row: audit::Model) -> Result<AuditEntry, PortError> {
    Ok(AuditEntry {
        id: Id::from_uuid(row.id),
        at: row.at,
        actor_id: row.actor_id.map(Id::from_uuid),
        action: Action::from_stored(&row.action).ok_or_else(|| PortError::corrupt(format!("unknown action {}", row.action)))?,
        user_id: Id::from_uuid(row.user_id),
        address: row.address,
        device: row.device,
        before: row.before,
        after: row.after,
    })
}
