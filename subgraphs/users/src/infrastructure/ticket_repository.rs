//! Tickets in table `ticket`, and notes of forgotten passwords in `forgotten_password`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::TicketId;
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::audit_log;
use super::entity::{forgotten_password, ticket, user};
use super::user_repository::taken;
use crate::application::ports::{Consent, EMAIL_TAKEN, TicketRepository};
use crate::application::record::Record;
use crate::domain::email::Email;
use crate::domain::ticket::{Purpose, Ticket};

/// [`TicketRepository`] in SQL.
pub struct SqlTicketRepository {
    database: Database,
}

impl SqlTicketRepository {
    /// Tickets in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl TicketRepository for SqlTicketRepository {
    async fn issue(&self, tickets: &[Ticket], record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    for ticket in tickets {
                        issue(txn, ticket).await?;
                    }
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn find(&self, id: TicketId, now: DateTime<Utc>) -> Result<Option<Ticket>, PortError> {
        let row = ticket::Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?;
        row.filter(|row| row.used_at.is_none() && row.expires_at > now).map(ticket_of).transpose()
    }

    async fn prove_email(&self, ticket: &Ticket, now: DateTime<Utc>, record: &Record) -> Result<bool, PortError> {
        let proved = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    if !use_up(txn, ticket.id, now).await? {
                        return Ok(false);
                    }
                    let proved = user::Entity::update_many()
                        .col_expr(user::Column::EmailVerifiedAt, Expr::value(now))
                        .col_expr(user::Column::EmailKey, Expr::value(ticket.email.key()))
                        .filter(user::Column::Id.eq(ticket.user_id.uuid()))
                        .filter(user::Column::AddressKey.eq(ticket.email.key()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    if proved.rows_affected == 0 {
                        return Ok(false);
                    }
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await;
        match proved.map_err(taken) {
            // Somebody else has proved it in the meantime.
            Err(PortError::Conflict { constraint }) if constraint == EMAIL_TAKEN => Ok(false),
            other => other,
        }
    }

    async fn consent_to_email(&self, ticket: &Ticket, now: DateTime<Utc>, record: &Record) -> Result<Consent, PortError> {
        let consent = self.database.write(|txn| Box::pin(consent(txn, ticket, now, record))).await;
        consent.map_err(taken)
    }

    async fn note_forgotten(&self, id: Uuid, login: &str, now: DateTime<Utc>) -> Result<(), PortError> {
        // PostgreSQL's texts hold no NUL, and nobody's name does.
        let row = &forgotten_password::Model { id, login: login.replace('\0', ""), created_at: now };
        self.database
            .write(|txn| {
                Box::pin(async move {
                    forgotten_password::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn forgotten(&self, limit: u64) -> Result<Vec<(Uuid, String)>, PortError> {
        let oldest = forgotten_password::Entity::find().order_by_asc(forgotten_password::Column::Id).limit(limit);
        let rows = oldest.all(self.database.read()).await.map_err(store_error)?;
        Ok(rows.into_iter().map(|row| (row.id, row.login)).collect())
    }

    async fn drop_forgotten(&self, id: Uuid) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    forgotten_password::Entity::delete_by_id(id).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    ticket::Entity::delete_many().filter(ticket::Column::ExpiresAt.lte(now)).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

/// Adds a ticket in place of what the account had for its purpose.
pub(super) async fn issue(txn: &Transaction<'_>, ticket: &Ticket) -> Result<(), PortError> {
    ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(ticket.user_id.uuid()))
        .filter(ticket::Column::Purpose.eq(ticket.purpose.as_str()))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    let row = ticket::Model {
        id: ticket.id.uuid(),
        user_id: ticket.user_id.uuid(),
        purpose: ticket.purpose.as_str().to_owned(),
        email: ticket.email.as_str().to_owned(),
        group_id: ticket.group_id,
        created_at: ticket.created_at,
        expires_at: ticket.expires_at,
        used_at: None,
    };
    ticket::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

/// Uses a ticket up; `false` when it is not good any more. The condition decides between concurrent transactions.
pub(super) async fn use_up(txn: &Transaction<'_>, id: TicketId, now: DateTime<Utc>) -> Result<bool, PortError> {
    let used = ticket::Entity::update_many()
        .col_expr(ticket::Column::UsedAt, Expr::value(now))
        .filter(ticket::Column::Id.eq(id.uuid()))
        .filter(ticket::Column::UsedAt.is_null())
        .filter(ticket::Column::ExpiresAt.gt(now))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    Ok(used.rows_affected > 0)
}

async fn consent(txn: &Transaction<'_>, ticket: &Ticket, now: DateTime<Utc>, record: &Record) -> Result<Consent, PortError> {
    // The account's row first: two consents at the same time then see each other.
    let owner = user::Entity::find_by_id(ticket.user_id.uuid()).lock_exclusive().one(&**txn).await.map_err(store_error)?;
    if owner.is_none() || !use_up(txn, ticket.id, now).await? {
        return Ok(Consent::Refused);
    }
    let waiting = ticket::Entity::find()
        .filter(ticket::Column::GroupId.eq(ticket.group_id))
        .filter(ticket::Column::UserId.eq(ticket.user_id.uuid()))
        .filter(ticket::Column::UsedAt.is_null())
        .count(&**txn)
        .await
        .map_err(store_error)?;
    if waiting > 0 {
        return Ok(Consent::Waiting);
    }
    user::Entity::update_many()
        .col_expr(user::Column::Email, Expr::value(ticket.email.as_str()))
        .col_expr(user::Column::EmailKey, Expr::value(ticket.email.key()))
        .col_expr(user::Column::AddressKey, Expr::value(ticket.email.key()))
        .col_expr(user::Column::EmailVerifiedAt, Expr::value(now))
        .filter(user::Column::Id.eq(ticket.user_id.uuid()))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    audit_log::store(txn, record).await?;
    Ok(Consent::Changed)
}

fn ticket_of(row: ticket::Model) -> Result<Ticket, PortError> {
    Ok(Ticket {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        purpose: Purpose::from_stored(&row.purpose).ok_or_else(|| PortError::corrupt(format!("unknown purpose {}", row.purpose)))?,
        email: Email::from_stored(row.email),
        group_id: row.group_id,
        created_at: row.created_at,
        expires_at: row.expires_at,
    })
}
