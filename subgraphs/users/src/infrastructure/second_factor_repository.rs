//! Second factors in tables `second_factor` and `recovery_code`.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{TicketId, UserId};
use kernel::{PortError, Randomness};
use platform::database::{Database, Transaction, store_error};
use platform::sealed::Sealer;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _};

use super::entity::{recovery_code, second_factor};
use super::session_repository::end_all;
use super::{audit_log, ticket_repository};
use crate::application::ports::Ending;
use crate::application::ports::second_factor::{Passed, Proof, SecondFactorRepository};
use crate::application::record::Record;
use crate::domain::second_factor::{RecoveryCode, SecondFactor, TotpSecret};

/// [`SecondFactorRepository`] in SQL.
pub struct SqlSecondFactorRepository {
    database: Database,
    sealer: Sealer,
    randomness: Arc<dyn Randomness>,
}

impl SqlSecondFactorRepository {
    /// Second factors in `database`, whose secrets only an installation with the same `internal_secret` can read.
    pub fn new(database: Database, internal_secret: &str, randomness: Arc<dyn Randomness>) -> Self {
        Self { database, sealer: Sealer::new(internal_secret, "second factor"), randomness }
    }
}

#[async_trait]
impl SecondFactorRepository for SqlSecondFactorRepository {
    async fn find(&self, user_id: UserId) -> Result<Option<SecondFactor>, PortError> {
        let row = second_factor::Entity::find_by_id(user_id.uuid()).one(self.database.read()).await.map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let unused = recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(user_id.uuid())).filter(recovery_code::Column::UsedAt.is_null());
        let recovery_codes_left = unused.count(self.database.read()).await.map_err(store_error)?;
        let secret = self.sealer.open(user_id.uuid().as_bytes(), &row.secret).map_err(PortError::corrupt)?;
        Ok(Some(SecondFactor {
            user_id,
            secret: TotpSecret::from_stored(secret),
            confirmed_at: row.confirmed_at,
            last_step: row.last_step,
            recovery_codes_left,
        }))
    }

    async fn begin(&self, user_id: UserId, secret: &TotpSecret, now: DateTime<Utc>) -> Result<bool, PortError> {
        let sealed = self.sealer.seal(&*self.randomness, user_id.uuid().as_bytes(), secret.as_bytes());
        let row = &second_factor::Model { user_id: user_id.uuid(), secret: sealed, created_at: now, confirmed_at: None, last_step: 0 };
        self.database
            .write(|txn| {
                Box::pin(async move {
                    second_factor::Entity::delete_many()
                        .filter(second_factor::Column::UserId.eq(row.user_id))
                        .filter(second_factor::Column::ConfirmedAt.is_null())
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    let added = second_factor::Entity::insert(row.clone().into_active_model())
                        .on_conflict_do_nothing_on([second_factor::Column::UserId])
                        .exec_without_returning(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(matches!(added, sea_orm::TryInsertResult::Inserted(1..)))
                })
            })
            .await
    }

    async fn confirm(&self, factor: &SecondFactor, step: i64, codes: &[RecoveryCode], now: DateTime<Utc>, record: &Record) -> Result<bool, PortError> {
        let id = factor.user_id.uuid();
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let waiting = second_factor::Entity::find_by_id(id).one(&**txn).await.map_err(store_error)?.filter(|row| row.confirmed_at.is_none());
                    let Some(waiting) = waiting else { return Ok(false) };
                    let same = self.sealer.open(id.as_bytes(), &waiting.secret).is_ok_and(|secret| secret == factor.secret.as_bytes());
                    // The condition decides between concurrent transactions.
                    let confirmed = second_factor::Entity::update_many()
                        .col_expr(second_factor::Column::ConfirmedAt, Expr::value(now))
                        .col_expr(second_factor::Column::LastStep, Expr::value(step))
                        .filter(second_factor::Column::UserId.eq(id))
                        .filter(second_factor::Column::Secret.eq(waiting.secret))
                        .filter(second_factor::Column::ConfirmedAt.is_null());
                    if !same || confirmed.exec(&**txn).await.map_err(store_error)?.rows_affected == 0 {
                        return Ok(false);
                    }
                    set_codes(txn, factor.user_id, codes).await?;
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn pass(&self, user_id: UserId, proof: &Proof, ticket: Option<TicketId>, now: DateTime<Utc>, record: &Record) -> Result<Passed, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !use_up(txn, user_id, proof, now).await? {
                        return Ok(Passed::No);
                    }
                    audit_log::store(txn, record).await?;
                    match ticket {
                        Some(ticket) if !ticket_repository::use_up(txn, ticket, now).await? => Ok(Passed::TicketGone),
                        _ => Ok(Passed::Yes),
                    }
                })
            })
            .await
    }

    async fn renew_codes(&self, user_id: UserId, codes: &[RecoveryCode], record: &Record) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    set_codes(txn, user_id, codes).await?;
                    audit_log::store(txn, record).await
                })
            })
            .await
    }

    async fn reset(&self, user_id: UserId, now: DateTime<Utc>, ending: Ending<'_>, record: &Record) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !remove(txn, user_id).await? {
                        return Ok(false);
                    }
                    end_all(txn, user_id, now, ending).await?;
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn remove(&self, user_id: UserId, record: &Record) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !remove(txn, user_id).await? {
                        return Ok(false);
                    }
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }
}

async fn remove(txn: &Transaction<'_>, user_id: UserId) -> Result<bool, PortError> {
    let removed = second_factor::Entity::delete_many()
        .filter(second_factor::Column::UserId.eq(user_id.uuid()))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    if removed.rows_affected == 0 {
        return Ok(false);
    }
    set_codes(txn, user_id, &[]).await?;
    Ok(true)
}

/// The conditions decide between concurrent transactions.
async fn use_up(txn: &Transaction<'_>, user_id: UserId, proof: &Proof, now: DateTime<Utc>) -> Result<bool, PortError> {
    let used = match proof {
        Proof::Step(step) => {
            second_factor::Entity::update_many()
                .col_expr(second_factor::Column::LastStep, Expr::value(*step))
                .filter(second_factor::Column::UserId.eq(user_id.uuid()))
                .filter(second_factor::Column::ConfirmedAt.is_not_null())
                .filter(second_factor::Column::LastStep.lt(*step))
                .exec(&**txn)
                .await
        }
        Proof::Recovery(code) => {
            recovery_code::Entity::update_many()
                .col_expr(recovery_code::Column::UsedAt, Expr::value(now))
                .filter(recovery_code::Column::Hash.eq(code.hash()))
                .filter(recovery_code::Column::UserId.eq(user_id.uuid()))
                .filter(recovery_code::Column::UsedAt.is_null())
                .exec(&**txn)
                .await
        }
    };
    Ok(used.map_err(store_error)?.rows_affected > 0)
}

async fn set_codes(txn: &Transaction<'_>, user_id: UserId, codes: &[RecoveryCode]) -> Result<(), PortError> {
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user_id.uuid())).exec(&**txn).await.map_err(store_error)?;
    if codes.is_empty() {
        return Ok(());
    }
    let rows = codes.iter().map(|code| recovery_code::Model { hash: code.hash(), user_id: user_id.uuid(), used_at: None }.into_active_model());
    recovery_code::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}
