//! API keys in tables `api_key`, `api_key_secret` and `api_key_use`.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::events::{ApiKeyUsed, OperationUse};
use kernel::id::{ApiKeyId, OrganisationId};
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::inbox;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::audit_log;
use super::entity::{api_key, api_key_secret, api_key_use, organisation, organisation_member};
use super::organisation_repository::{OWNER, limits_of, touch};
use crate::application::ports::api_key::{ApiKeyRepository, PER_DAY_EXCEEDED, PER_MINUTE_EXCEEDED, StoredSecret, TOO_MANY_KEYS};
use crate::application::record::Record;
use crate::domain::api_key::{ApiKey, MAX_KEYS, Terms, UsageLine};

/// Operations of a key and a day that are told apart; clients choose the names, so there must be an end to them.
const MAX_OPERATIONS: u64 = 200;
/// Under which the others are added up. No operation can be named so.
const OTHERS: &str = "(others)";

/// [`ApiKeyRepository`] in SQL.
pub struct SqlApiKeyRepository {
    database: Database,
}

impl SqlApiKeyRepository {
    /// Keys in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn all(&self, condition: Condition) -> Result<Vec<ApiKey>, PortError> {
        let rows = api_key::Entity::find()
            .filter(condition)
            .order_by_desc(api_key::Column::CreatedAt)
            .order_by_desc(api_key::Column::Id)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        rows.into_iter().map(key_of).collect()
    }
}

#[async_trait]
impl ApiKeyRepository for SqlApiKeyRepository {
    async fn add(&self, key: &ApiKey, secret: &StoredSecret, record: &Record) -> Result<(), PortError> {
        let row = &row_of(key)?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    touch(txn, key.organisation_id).await?;
                    has_room(txn, key).await?;
                    api_key::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    insert_secret(txn, key.id, secret).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn find(&self, ids: &[ApiKeyId]) -> Result<Vec<ApiKey>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.all(Condition::all().add(api_key::Column::Id.is_in(ids.iter().map(|id| id.uuid())))).await
    }

    async fn of_organisations(&self, ids: &[OrganisationId]) -> Result<Vec<ApiKey>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.all(Condition::all().add(api_key::Column::OrganisationId.is_in(ids.iter().map(|id| id.uuid())))).await
    }

    async fn by_secret(&self, hash: &str) -> Result<Option<(ApiKey, Option<DateTime<Utc>>)>, PortError> {
        let reader = self.database.read();
        let Some(secret) = api_key_secret::Entity::find_by_id(hash).one(reader).await.map_err(store_error)? else { return Ok(None) };
        let Some(row) = api_key::Entity::find_by_id(secret.key_id).one(reader).await.map_err(store_error)? else { return Ok(None) };
        let owners = organisation_member::Entity::find()
            .filter(organisation_member::Column::OrganisationId.eq(row.organisation_id))
            .filter(organisation_member::Column::Role.eq(OWNER))
            .count(reader)
            .await
            .map_err(store_error)?;
        if owners == 0 { Ok(None) } else { Ok(Some((key_of(row)?, secret.expires_at))) }
    }

    async fn rotate(&self, id: ApiKeyId, next: &StoredSecret, until: DateTime<Utc>, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let shown = api_key::Entity::update_many()
                        .col_expr(api_key::Column::Shown, Expr::value(next.shown.clone()))
                        .filter(api_key::Column::Id.eq(id.uuid()))
                        .filter(api_key::Column::RevokedAt.is_null())
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    if shown.rows_affected == 0 {
                        return Err(PortError::NotFound);
                    }
                    let later = Condition::any().add(api_key_secret::Column::ExpiresAt.is_null()).add(api_key_secret::Column::ExpiresAt.gt(until));
                    api_key_secret::Entity::update_many()
                        .col_expr(api_key_secret::Column::ExpiresAt, Expr::value(until))
                        .filter(api_key_secret::Column::KeyId.eq(id.uuid()))
                        .filter(later)
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    insert_secret(txn, id, next).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn revoke(&self, id: ApiKeyId, now: DateTime<Utc>, record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    api_key::Entity::find_by_id(id.uuid()).one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    let revoked = api_key::Entity::update_many()
                        .col_expr(api_key::Column::RevokedAt, Expr::value(now))
                        .filter(api_key::Column::Id.eq(id.uuid()))
                        .filter(api_key::Column::RevokedAt.is_null())
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    if revoked.rows_affected > 0 {
                        audit_log::store(txn, record).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn record_use(&self, event_id: Uuid, used: &ApiKeyUsed) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, "users.api_key_use", event_id).await? {
                        return Ok(());
                    }
                    let Some(key) = api_key::Entity::find_by_id(used.key_id.uuid()).one(&**txn).await.map_err(store_error)? else { return Ok(()) };
                    if key.last_used_at.is_none_or(|at| at < used.last_used_at) {
                        api_key::Entity::update_many()
                            .col_expr(api_key::Column::LastUsedAt, Expr::value(used.last_used_at))
                            .filter(api_key::Column::Id.eq(key.id))
                            .exec(&**txn)
                            .await
                            .map_err(store_error)?;
                    }
                    for operation in &used.operations {
                        add_use(txn, used, operation).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn use_of(&self, ids: &[ApiKeyId], since: NaiveDate) -> Result<Vec<UsageLine>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = api_key_use::Entity::find()
            .filter(api_key_use::Column::KeyId.is_in(ids.iter().map(|id| id.uuid())))
            .filter(api_key_use::Column::Day.gte(since))
            .order_by_desc(api_key_use::Column::Day)
            .order_by_asc(api_key_use::Column::Operation)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        let number = |number: i64| u64::try_from(number).map_err(PortError::corrupt);
        rows.into_iter()
            .map(|row| {
                Ok(UsageLine {
                    key_id: Id::from_uuid(row.key_id),
                    day: row.day,
                    operation: row.operation,
                    requests: number(row.requests)?,
                    refused: number(row.refused)?,
                    cost: number(row.cost)?,
                })
            })
            .collect()
    }
}

/// Whether the organisation's keys and `key` are within its limits together.
async fn has_room(txn: &Transaction<'_>, key: &ApiKey) -> Result<(), PortError> {
    let id = key.organisation_id.uuid();
    let organisation = organisation::Entity::find_by_id(id).one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
    let lasting = Condition::any().add(api_key::Column::ExpiresAt.is_null()).add(api_key::Column::ExpiresAt.gt(key.created_at));
    let others = api_key::Entity::find()
        .filter(api_key::Column::OrganisationId.eq(id))
        .filter(api_key::Column::RevokedAt.is_null())
        .filter(lasting)
        .all(&**txn)
        .await
        .map_err(store_error)?;
    let used = |per: fn(&api_key::Model) -> i64| others.iter().map(per).sum::<i64>();
    let exceeded = if others.len() >= MAX_KEYS {
        TOO_MANY_KEYS
    } else if used(|other| other.per_minute) + i64::from(key.terms.limits.per_minute) > organisation.per_minute {
        PER_MINUTE_EXCEEDED
    } else if used(|other| other.per_day) + i64::from(key.terms.limits.per_day) > organisation.per_day {
        PER_DAY_EXCEEDED
    } else {
        return Ok(());
    };
    Err(PortError::Conflict { constraint: exceeded.to_owned() })
}

async fn insert_secret(txn: &Transaction<'_>, key_id: ApiKeyId, secret: &StoredSecret) -> Result<(), PortError> {
    let row = api_key_secret::Model { hash: secret.hash.clone(), key_id: key_id.uuid(), created_at: secret.created_at, expires_at: None };
    api_key_secret::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

async fn add_use(txn: &Transaction<'_>, used: &ApiKeyUsed, operation: &OperationUse) -> Result<(), PortError> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (key_id, day) = (used.key_id.uuid(), used.day);
    let known = api_key_use::Entity::find_by_id((key_id, day, operation.operation.clone())).one(&**txn).await.map_err(store_error)?;
    let of_day = api_key_use::Entity::find().filter(api_key_use::Column::KeyId.eq(key_id)).filter(api_key_use::Column::Day.eq(day));
    let is_one_more = known.is_none() && of_day.count(&**txn).await.map_err(store_error)? >= MAX_OPERATIONS;
    let name = if is_one_more { OTHERS.to_owned() } else { operation.operation.clone() };
    let row = api_key_use::Model {
        key_id,
        day,
        operation: name,
        requests: number(operation.requests),
        refused: number(operation.refused),
        cost: number(operation.cost),
    };
    let plus = |column: api_key_use::Column, more: i64| (column, Expr::col((api_key_use::Entity, column)).add(more));
    let again = OnConflict::columns([api_key_use::Column::KeyId, api_key_use::Column::Day, api_key_use::Column::Operation])
        .values([plus(api_key_use::Column::Requests, row.requests), plus(api_key_use::Column::Refused, row.refused), plus(api_key_use::Column::Cost, row.cost)])
        .to_owned();
    api_key_use::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

fn row_of(key: &ApiKey) -> Result<api_key::Model, PortError> {
    let terms = &key.terms;
    Ok(api_key::Model {
        id: key.id.uuid(),
        organisation_id: key.organisation_id.uuid(),
        shown: key.shown.clone(),
        name: terms.name.clone(),
        scopes: json(&terms.scopes)?,
        per_minute: terms.limits.per_minute.into(),
        per_day: terms.limits.per_day.into(),
        expires_at: terms.expires_at,
        allowed_origins: json(&terms.allowed_origins)?,
        allowed_addresses: json(&terms.allowed_addresses)?,
        created_by: key.created_by.map(Id::uuid),
        created_at: key.created_at,
        revoked_at: key.revoked_at,
        last_used_at: key.last_used_at,
    })
}

fn key_of(row: api_key::Model) -> Result<ApiKey, PortError> {
    Ok(ApiKey {
        id: Id::from_uuid(row.id),
        organisation_id: Id::from_uuid(row.organisation_id),
        shown: row.shown,
        terms: Terms {
            name: row.name,
            scopes: list(row.scopes)?,
            limits: limits_of(row.per_minute, row.per_day)?,
            expires_at: row.expires_at,
            allowed_origins: list(row.allowed_origins)?,
            allowed_addresses: list(row.allowed_addresses)?,
        },
        created_by: row.created_by.map(Id::from_uuid),
        created_at: row.created_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
    })
}

fn json<T: Serialize>(list: &[T]) -> Result<serde_json::Value, PortError> {
    serde_json::to_value(list).map_err(PortError::corrupt)
}

fn list<T: DeserializeOwned>(json: serde_json::Value) -> Result<Vec<T>, PortError> {
    serde_json::from_value(json).map_err(PortError::corrupt)
}
