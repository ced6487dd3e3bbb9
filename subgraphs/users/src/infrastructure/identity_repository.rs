//! Identities in table `identity`, and sign-ins on their way back in `provider_flow`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{IdentityId, UserId};
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TryInsertResult,
};

use super::audit_log;
use super::entity::{identity, password, provider_flow, user};
use super::user_repository::{insert_user, taken};
use crate::application::ports::identity::{FlowRepository, IdentityRepository, Unlinked};
use crate::application::record::Record;
use crate::domain::identity::{CodeChallenge, ForeignIdentity, Identity};
use crate::domain::user::User;

/// [`IdentityRepository`] and [`FlowRepository`] in SQL.
pub struct SqlIdentityRepository {
    database: Database,
}

impl SqlIdentityRepository {
    /// Identities in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl IdentityRepository for SqlIdentityRepository {
    async fn find(&self, provider: &str, subject: &str) -> Result<Option<Identity>, PortError> {
        let query = identity::Entity::find().filter(identity::Column::Provider.eq(provider)).filter(identity::Column::Subject.eq(subject));
        Ok(query.one(self.database.read()).await.map_err(store_error)?.map(identity_of))
    }

    async fn of(&self, user_id: UserId) -> Result<Vec<Identity>, PortError> {
        let query = identity::Entity::find().filter(identity::Column::UserId.eq(user_id.uuid())).order_by_asc(identity::Column::Id);
        Ok(query.all(self.database.read()).await.map_err(store_error)?.into_iter().map(identity_of).collect())
    }

    async fn add_user(&self, user: &User, identity: &Identity, record: &Record) -> Result<(), PortError> {
        let added = self
            .database
            .write(|txn| {
                Box::pin(async move {
                    insert_user(txn, user).await?;
                    insert(txn, identity).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await;
        added.map_err(taken)
    }

    async fn link(&self, identity: &Identity, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    insert(txn, identity).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn unlink(&self, user_id: UserId, id: IdentityId, record: &Record) -> Result<Unlinked, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    // The account's row first: of two who remove the last two ways in, the second sees what the first has done.
                    user::Entity::find_by_id(user_id.uuid()).lock_exclusive().one(&**txn).await.map_err(store_error)?;
                    let mine = || identity::Entity::find().filter(identity::Column::UserId.eq(user_id.uuid()));
                    if mine().filter(identity::Column::Id.eq(id.uuid())).one(&**txn).await.map_err(store_error)?.is_none() {
                        return Ok(Unlinked::NotFound);
                    }
                    let has_password = password::Entity::find_by_id(user_id.uuid()).one(&**txn).await.map_err(store_error)?.is_some();
                    if !has_password && mine().count(&**txn).await.map_err(store_error)? < 2 {
                        return Ok(Unlinked::LastWayIn);
                    }
                    identity::Entity::delete_by_id(id.uuid()).exec(&**txn).await.map_err(store_error)?;
                    audit_log::store(txn, record).await?;
                    Ok(Unlinked::Yes)
                })
            })
            .await
    }

    async fn used(&self, id: IdentityId, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    identity::Entity::update_many()
                        .col_expr(identity::Column::LastUsedAt, Expr::value(now))
                        .filter(identity::Column::Id.eq(id.uuid()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

#[async_trait]
impl FlowRepository for SqlIdentityRepository {
    async fn use_state(&self, state_hash: &str, expires_at: DateTime<Utc>) -> Result<bool, PortError> {
        let row = &provider_flow::Model { hash: state_hash.to_owned(), challenge: None, identity: None, expires_at };
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let added = provider_flow::Entity::insert(row.clone().into_active_model())
                        .on_conflict_do_nothing_on([provider_flow::Column::Hash])
                        .exec_without_returning(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(matches!(added, TryInsertResult::Inserted(1..)))
                })
            })
            .await
    }

    async fn keep(&self, code_hash: &str, challenge: &CodeChallenge, identity: &ForeignIdentity, expires_at: DateTime<Utc>) -> Result<(), PortError> {
        let row = &provider_flow::Model {
            hash: code_hash.to_owned(),
            challenge: Some(serde_json::to_string(challenge).map_err(PortError::corrupt)?),
            identity: Some(serde_json::to_value(identity).map_err(PortError::corrupt)?),
            expires_at,
        };
        self.database
            .write(|txn| {
                Box::pin(async move {
                    provider_flow::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn take(&self, code_hash: &str, now: DateTime<Utc>) -> Result<Option<(CodeChallenge, ForeignIdentity)>, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let Some(row) = provider_flow::Entity::find_by_id(code_hash).one(&**txn).await.map_err(store_error)? else { return Ok(None) };
                    // What is removed decides between concurrent transactions.
                    let removed = provider_flow::Entity::delete_by_id(code_hash).exec(&**txn).await.map_err(store_error)?;
                    let (Some(challenge), Some(identity)) = (row.challenge, row.identity) else { return Ok(None) };
                    if removed.rows_affected == 0 || row.expires_at <= now {
                        return Ok(None);
                    }
                    let challenge = serde_json::from_str(&challenge).map_err(PortError::corrupt)?;
                    Ok(Some((challenge, serde_json::from_value(identity).map_err(PortError::corrupt)?)))
                })
            })
            .await
    }

    async fn forget_expired(&self, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    provider_flow::Entity::delete_many().filter(provider_flow::Column::ExpiresAt.lte(now)).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

async fn insert(txn: &Transaction<'_>, identity: &Identity) -> Result<(), PortError> {
    let row = identity::Model {
        id: identity.id.uuid(),
        user_id: identity.user_id.uuid(),
        provider: identity.provider.clone(),
        subject: identity.subject.clone(),
        email: identity.email.clone(),
        linked_at: identity.linked_at,
        last_used_at: identity.last_used_at,
    };
    identity::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

fn identity_of(row: identity::Model) -> Identity {
    Identity {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        provider: row.provider,
        subject: row.subject,
        email: row.email,
        linked_at: row.linked_at,
        last_used_at: row.last_used_at,
    }
}
