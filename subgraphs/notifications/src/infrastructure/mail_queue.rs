//! The queue in table `mail`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::events::AccountMail;
use kernel::id::{MailId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::store_error;
use platform::{Database, inbox, outbox};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::entity::mail;
use crate::NAME;
use crate::application::ports::MailQueue;
use crate::domain::mail::{DeadMail, Mail};
use crate::domain::recipient::Recipient;

/// [`MailQueue`] in SQL.
pub struct SqlMailQueue {
    database: Database,
}

impl SqlMailQueue {
    /// The queue in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Sets `values` of one mail; how many there were.
    async fn set(&self, id: MailId, of_the_dead: bool, values: mail::ActiveModel) -> Result<u64, PortError> {
        let values = &values;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let mut update = mail::Entity::update_many().set(values.clone()).filter(mail::Column::Id.eq(id.uuid()));
                    if of_the_dead {
                        update = update.filter(mail::Column::DiedAt.is_not_null());
                    }
                    Ok(update.exec(&**txn).await.map_err(store_error)?.rows_affected)
                })
            })
            .await
    }

    async fn delete(&self, id: MailId, of_the_dead: bool) -> Result<u64, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let mut delete = mail::Entity::delete_many().filter(mail::Column::Id.eq(id.uuid()));
                    if of_the_dead {
                        delete = delete.filter(mail::Column::DiedAt.is_not_null());
                    }
                    Ok(delete.exec(&**txn).await.map_err(store_error)?.rows_affected)
                })
            })
            .await
    }
}

#[async_trait]
impl MailQueue for SqlMailQueue {
    async fn add(&self, event_id: Uuid, mail: &Mail, told: &Event) -> Result<(), PortError> {
        let row = &row_of(mail)?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if inbox::first_time(txn, NAME, event_id).await? {
                        mail::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                        outbox::append(txn, std::slice::from_ref(told)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn refuse(&self, event_id: Uuid, told: &Event) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if inbox::first_time(txn, NAME, event_id).await? {
                        outbox::append(txn, std::slice::from_ref(told)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn of_user(&self, user_id: UserId) -> Result<Vec<Mail>, PortError> {
        let mails = mail::Entity::find().filter(mail::Column::UserId.eq(user_id.uuid())).order_by_asc(mail::Column::CreatedAt);
        mails.all(self.database.read()).await.map_err(store_error)?.into_iter().map(mail_of).collect()
    }

    async fn forget_user(&self, user_id: UserId) -> Result<(), PortError> {
        let last = &reason_text(AccountMail::AccountDeleted)?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let theirs = mail::Column::UserId.eq(user_id.uuid());
                    let all_but_last = mail::Entity::delete_many().filter(theirs.clone()).filter(mail::Column::Reason.ne(last));
                    all_but_last.exec(&**txn).await.map_err(store_error)?;
                    let nobody = Expr::value(Option::<Uuid>::None);
                    mail::Entity::update_many().col_expr(mail::Column::UserId, nobody).filter(theirs).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn claim(&self, now: DateTime<Utc>, until: DateTime<Utc>, limit: u64) -> Result<Vec<Mail>, PortError> {
        let due = || mail::Entity::find().filter(mail::Column::DueAt.lte(now)).order_by_asc(mail::Column::DueAt).limit(limit);
        // Mostly there is nothing, and asking does not disturb a writer.
        if due().one(self.database.read()).await.map_err(store_error)?.is_none() {
            return Ok(Vec::new());
        }
        let rows = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    let rows = due().lock_exclusive().all(&**txn).await.map_err(store_error)?;
                    mail::Entity::update_many()
                        .col_expr(mail::Column::DueAt, Expr::value(until))
                        .filter(mail::Column::Id.is_in(rows.iter().map(|row| row.id)))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(rows)
                })
            })
            .await?;
        rows.into_iter().map(mail_of).collect()
    }

    async fn postpone(&self, id: MailId, attempts: u32, due: DateTime<Utc>) -> Result<(), PortError> {
        let attempts = attempts.try_into().map_err(PortError::corrupt)?;
        let values = mail::ActiveModel { attempts: sea_orm::Set(attempts), due_at: sea_orm::Set(Some(due)), ..Default::default() };
        self.set(id, false, values).await.map(drop)
    }

    async fn bury(&self, id: MailId, attempts: u32, failure: &str, now: DateTime<Utc>) -> Result<(), PortError> {
        let values = mail::ActiveModel {
            attempts: sea_orm::Set(attempts.try_into().map_err(PortError::corrupt)?),
            due_at: sea_orm::Set(None),
            // PostgreSQL's texts hold no NUL.
            failure: sea_orm::Set(Some(failure.replace('\0', " "))),
            died_at: sea_orm::Set(Some(now)),
            ..Default::default()
        };
        self.set(id, false, values).await.map(drop)
    }

    async fn forget(&self, id: MailId) -> Result<(), PortError> {
        self.delete(id, false).await.map(drop)
    }

    async fn dead(&self, limit: u64) -> Result<Vec<DeadMail>, PortError> {
        let dead = mail::Entity::find().filter(mail::Column::DiedAt.is_not_null()).order_by_desc(mail::Column::DiedAt).limit(limit);
        let rows = dead.all(self.database.read()).await.map_err(store_error)?;
        rows.into_iter()
            .map(|mut row| {
                let failure = row.failure.take().unwrap_or_default();
                let died_at = row.died_at.ok_or_else(|| PortError::corrupt("a dead mail without a date"))?;
                Ok(DeadMail { mail: mail_of(row)?, failure, died_at })
            })
            .collect()
    }

    async fn revive(&self, id: MailId, now: DateTime<Utc>) -> Result<(), PortError> {
        let values = mail::ActiveModel {
            attempts: sea_orm::Set(0),
            due_at: sea_orm::Set(Some(now)),
            failure: sea_orm::Set(None),
            died_at: sea_orm::Set(None),
            ..Default::default()
        };
        if self.set(id, true, values).await? > 0 { Ok(()) } else { Err(PortError::NotFound) }
    }

    async fn discard(&self, id: MailId) -> Result<(), PortError> {
        if self.delete(id, true).await? > 0 { Ok(()) } else { Err(PortError::NotFound) }
    }
}

fn row_of(mail: &Mail) -> Result<mail::Model, PortError> {
    Ok(mail::Model {
        id: mail.id.uuid(),
        address: mail.recipient.address().to_owned(),
        name: mail.recipient.name().to_owned(),
        reason: reason_text(mail.reason)?,
        ticket_id: mail.ticket_id.map(Id::uuid),
        expires_at: mail.expires_at,
        attempts: mail.attempts.try_into().map_err(PortError::corrupt)?,
        created_at: mail.created_at,
        due_at: Some(mail.created_at),
        failure: None,
        died_at: None,
        user_id: mail.user_id.map(Id::uuid),
        about: mail.about.as_ref().map(serde_json::to_value).transpose().map_err(PortError::corrupt)?,
    })
}

/// The text that events have for it too.
fn reason_text(reason: AccountMail) -> Result<String, PortError> {
    match serde_json::to_value(reason).map_err(PortError::corrupt)? {
        serde_json::Value::String(text) => Ok(text),
        other => Err(PortError::corrupt(format!("a reason that is no text: {other}"))),
    }
}

fn mail_of(row: mail::Model) -> Result<Mail, PortError> {
    Ok(Mail {
        id: Id::from_uuid(row.id),
        user_id: row.user_id.map(Id::from_uuid),
        recipient: Recipient::new(&row.address, &row.name).map_err(PortError::corrupt)?,
        reason: serde_json::from_value(row.reason.into()).map_err(PortError::corrupt)?,
        ticket_id: row.ticket_id.map(Id::from_uuid),
        expires_at: row.expires_at,
        about: row.about.map(serde_json::from_value).transpose().map_err(PortError::corrupt)?,
        attempts: row.attempts.try_into().map_err(PortError::corrupt)?,
        created_at: row.created_at,
    })
}
