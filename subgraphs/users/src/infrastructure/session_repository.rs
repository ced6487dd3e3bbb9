//! Sessions in tables `session` and `refresh_token`. A token is good only while its session runs, so ending the session is one
//! row however long its family is.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::SessionId;
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, QueryTrait as _};

use super::entity::{refresh_token, session};
use crate::application::ports::{Rotation, SessionRepository};
use crate::domain::session::{RefreshToken, Session, TokenHash};

/// [`SessionRepository`] in SQL.
pub struct SqlSessionRepository {
    database: Database,
}

impl SqlSessionRepository {
    /// Sessions in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl SessionRepository for SqlSessionRepository {
    async fn start(&self, session: &Session, token: &RefreshToken) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let row = session::Model { id: session.id.uuid(), user_id: session.user_id.uuid(), created_at: session.created_at, ended_at: None };
                    session::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    insert_token(txn, session.id, token).await
                })
            })
            .await
    }

    async fn rotate(&self, presented: &TokenHash, next: &RefreshToken, now: DateTime<Utc>) -> Result<Rotation, PortError> {
        self.database.write(|txn| Box::pin(rotate(txn, presented, next, now))).await
    }

    async fn replace_token(&self, id: SessionId, next: &RefreshToken, now: DateTime<Utc>) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if running(txn, id).await?.is_none() {
                        return Ok(false);
                    }
                    refresh_token::Entity::update_many()
                        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
                        .filter(refresh_token::Column::SessionId.eq(id.uuid()))
                        .filter(refresh_token::Column::UsedAt.is_null())
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    insert_token(txn, id, next).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn is_running(&self, id: SessionId) -> Result<bool, PortError> {
        let row = session::Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?;
        Ok(row.is_some_and(|row| row.ended_at.is_none()))
    }

    async fn end(&self, id: SessionId, now: DateTime<Utc>) -> Result<bool, PortError> {
        self.database.write(|txn| Box::pin(end(txn, id, now))).await
    }

    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    refresh_token::Entity::delete_many().filter(refresh_token::Column::ExpiresAt.lte(now)).exec(&**txn).await.map_err(store_error)?;
                    let renewable = refresh_token::Entity::find().select_only().column(refresh_token::Column::SessionId).into_query();
                    session::Entity::delete_many().filter(session::Column::Id.not_in_subquery(renewable)).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

async fn rotate(txn: &Transaction<'_>, presented: &TokenHash, next: &RefreshToken, now: DateTime<Utc>) -> Result<Rotation, PortError> {
    let found = refresh_token::Entity::find_by_id(presented.as_str()).one(&**txn).await.map_err(store_error)?;
    let Some(token) = found else { return Ok(Rotation::Refused) };
    let Some(session) = running(txn, Id::from_uuid(token.session_id)).await? else { return Ok(Rotation::Refused) };
    if token.used_at.is_none() && token.expires_at <= now {
        return Ok(Rotation::Refused);
    }
    // The condition decides between concurrent transactions: under PostgreSQL the loser read the token before it waited for the
    // session's lock.
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Hash.eq(presented.as_str()))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    if used.rows_affected == 0 {
        end(txn, session.id, now).await?;
        return Ok(Rotation::Reused(session));
    }
    insert_token(txn, session.id, next).await?;
    Ok(Rotation::Rotated(session))
}

/// The session, if it runs. Locked until the transaction ends (SQLite has one writer anyway), so that its tokens are changed by
/// one at a time.
async fn running(txn: &Transaction<'_>, id: SessionId) -> Result<Option<Session>, PortError> {
    let row = session::Entity::find_by_id(id.uuid()).lock_exclusive().one(&**txn).await.map_err(store_error)?;
    let running = row.filter(|row| row.ended_at.is_none());
    Ok(running.map(|row| Session { id: Id::from_uuid(row.id), user_id: Id::from_uuid(row.user_id), created_at: row.created_at }))
}

async fn insert_token(txn: &Transaction<'_>, session_id: SessionId, token: &RefreshToken) -> Result<(), PortError> {
    let row = refresh_token::Model {
        hash: token.hash.as_str().to_owned(),
        session_id: session_id.uuid(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        used_at: None,
    };
    refresh_token::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

async fn end(txn: &Transaction<'_>, id: SessionId, now: DateTime<Utc>) -> Result<bool, PortError> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::EndedAt.is_null())
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    Ok(ended.rows_affected > 0)
}
