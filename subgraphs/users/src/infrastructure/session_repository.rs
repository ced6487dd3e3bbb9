//! Sessions in tables `session` and `refresh_token`. A token is good only while its session runs, so ending the session is one
//! row however long its family is.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use kernel::event::EventFactory;
use kernel::events::SessionEnded;
use kernel::id::{SessionId, UserId};
use kernel::{Event, Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _};

use super::audit_log;
use super::entity::{ended_session, refresh_token, session};
use crate::application::ports::{Ending, Rotation, Seen, SessionRepository};
use crate::application::record::Record;
use crate::domain::session::{RefreshToken, Session, TokenHash};

/// No access token lives longer.
const LONGEST_TOKEN: Duration = Duration::days(1);
/// Sessions that are looked at to tell whether a device is known.
const REMEMBERED: u64 = 200;

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
    async fn start(&self, session: &Session, token: &RefreshToken, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let row = session::Model {
                        id: session.id.uuid(),
                        user_id: session.user_id.uuid(),
                        created_at: session.created_at,
                        ended_at: None,
                        last_used_at: Some(session.last_used_at),
                        address: session.address.clone(),
                        device: session.device.clone(),
                    };
                    session::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    insert_token(txn, session.id, token).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn remembered(&self, user_id: UserId) -> Result<Vec<Session>, PortError> {
        let last = session::Entity::find().filter(session::Column::UserId.eq(user_id.uuid())).order_by_desc(session::Column::Id).limit(REMEMBERED);
        Ok(last.all(self.database.read()).await.map_err(store_error)?.into_iter().map(session_of).collect())
    }

    async fn rotate(&self, presented: &TokenHash, next: &RefreshToken, seen: &Seen, events: &EventFactory) -> Result<Rotation, PortError> {
        self.database.write(|txn| Box::pin(rotate(txn, presented, next, seen, events))).await
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

    async fn running_of(&self, user_id: UserId, now: DateTime<Utc>) -> Result<Vec<Session>, PortError> {
        let renewable = refresh_token::Entity::find()
            .select_only()
            .column(refresh_token::Column::SessionId)
            .filter(refresh_token::Column::UsedAt.is_null())
            .filter(refresh_token::Column::ExpiresAt.gt(now))
            .into_query();
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(user_id.uuid()))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::Id.in_subquery(renewable))
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        let mut sessions: Vec<_> = rows.into_iter().map(session_of).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.id)));
        Ok(sessions)
    }

    async fn end(&self, user_id: UserId, id: SessionId, now: DateTime<Utc>, events: &EventFactory, record: &Record) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let ended = end(txn, user_id, id, now, events).await?;
                    if ended {
                        audit_log::store(txn, record).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    async fn end_all(&self, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>, record: &Record) -> Result<u64, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let ended = end_all(txn, user_id, now, ending).await?;
                    audit_log::store(txn, record).await?;
                    Ok(ended)
                })
            })
            .await
    }

    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError> {
        let ended = session::Entity::find().filter(session::Column::EndedAt.gt(since)).order_by_asc(session::Column::EndedAt);
        let rows = ended.all(self.database.read()).await.map_err(store_error)?;
        // And those of accounts that are gone.
        let erased = ended_session::Entity::find().filter(ended_session::Column::EndedAt.gt(since)).order_by_asc(ended_session::Column::EndedAt);
        let erased = erased.all(self.database.read()).await.map_err(store_error)?;
        let ended = rows.into_iter().filter_map(|row| Some((Id::from_uuid(row.id), row.ended_at?)));
        Ok(ended.chain(erased.into_iter().map(|row| (Id::from_uuid(row.id), row.ended_at))).collect())
    }

    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    refresh_token::Entity::delete_many().filter(refresh_token::Column::ExpiresAt.lte(now)).exec(&**txn).await.map_err(store_error)?;
                    let renewable = refresh_token::Entity::find().select_only().column(refresh_token::Column::SessionId).into_query();
                    session::Entity::delete_many().filter(session::Column::Id.not_in_subquery(renewable)).exec(&**txn).await.map_err(store_error)?;
                    let forgettable = ended_session::Column::EndedAt.lte(now - LONGEST_TOKEN);
                    ended_session::Entity::delete_many().filter(forgettable).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

async fn rotate(txn: &Transaction<'_>, presented: &TokenHash, next: &RefreshToken, seen: &Seen, events: &EventFactory) -> Result<Rotation, PortError> {
    let now = seen.now;
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
        end(txn, session.user_id, session.id, now, events).await?;
        return Ok(Rotation::Reused(session));
    }
    insert_token(txn, session.id, next).await?;
    let remembered = session::ActiveModel {
        last_used_at: sea_orm::Set(Some(now)),
        address: sea_orm::Set(seen.address.clone()),
        device: sea_orm::Set(seen.device.clone()),
        ..Default::default()
    };
    session::Entity::update_many().set(remembered).filter(session::Column::Id.eq(session.id.uuid())).exec(&**txn).await.map_err(store_error)?;
    Ok(Rotation::Rotated(session))
}

/// The session, if it runs. Locked until the transaction ends (SQLite has one writer anyway), so that its tokens are changed by
/// one at a time.
async fn running(txn: &Transaction<'_>, id: SessionId) -> Result<Option<Session>, PortError> {
    let row = session::Entity::find_by_id(id.uuid()).lock_exclusive().one(&**txn).await.map_err(store_error)?;
    Ok(row.filter(|row| row.ended_at.is_none()).map(session_of))
}

fn session_of(row: session::Model) -> Session {
    Session {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        created_at: row.created_at,
        last_used_at: row.last_used_at.unwrap_or(row.created_at),
        address: row.address,
        device: row.device,
    }
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

async fn end(txn: &Transaction<'_>, user_id: UserId, id: SessionId, now: DateTime<Utc>, events: &EventFactory) -> Result<bool, PortError> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.uuid()))
        .filter(session::Column::UserId.eq(user_id.uuid()))
        .filter(session::Column::EndedAt.is_null())
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    if ended.rows_affected == 0 {
        return Ok(false);
    }
    outbox::append(txn, &[events.wrap(&SessionEnded { user_id, session_id: id })]).await?;
    Ok(true)
}

/// Ends the running sessions of an account and tells of each; how many.
pub(super) async fn end_all(txn: &Transaction<'_>, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>) -> Result<u64, PortError> {
    let mut running = session::Entity::find().filter(session::Column::UserId.eq(user_id.uuid())).filter(session::Column::EndedAt.is_null());
    if let Some(keep) = ending.keep {
        running = running.filter(session::Column::Id.ne(keep.uuid()));
    }
    let rows = running.lock_exclusive().all(&**txn).await.map_err(store_error)?;
    let told: Vec<Event> = rows.iter().map(|row| ending.events.wrap(&SessionEnded { user_id, session_id: Id::from_uuid(row.id) })).collect();
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now))
        .filter(session::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    outbox::append(txn, &told).await?;
    Ok(rows.len() as u64)
}
