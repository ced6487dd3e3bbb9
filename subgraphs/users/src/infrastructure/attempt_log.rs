//! Attempts in table `attempt`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::entity::attempt;
use crate::application::ports::AttemptLog;
use crate::domain::throttle::{Count, Gate};

/// [`AttemptLog`] in SQL.
pub struct SqlAttemptLog {
    database: Database,
}

impl SqlAttemptLog {
    /// Attempts in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AttemptLog for SqlAttemptLog {
    async fn attempt(&self, gates: &[Gate], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PortError> {
        self.database.write(|txn| Box::pin(count(txn, gates, now))).await
    }

    async fn succeeded(&self, gates: &[Gate]) -> Result<(), PortError> {
        let keys = |cleared: bool| gates.iter().filter(move |gate| gate.cleared_by_success == cleared).map(|gate| gate.key.clone()).collect::<Vec<_>>();
        let (cleared, forgiven) = (&keys(true), &keys(false));
        self.database
            .write(|txn| {
                Box::pin(async move {
                    attempt::Entity::delete_many().filter(attempt::Column::Key.is_in(cleared)).exec(&**txn).await.map_err(store_error)?;
                    attempt::Entity::update_many()
                        .col_expr(attempt::Column::Attempts, Expr::col(attempt::Column::Attempts).sub(1))
                        .col_expr(attempt::Column::FreeAt, Expr::col(attempt::Column::LastAt))
                        .filter(attempt::Column::Key.is_in(forgiven))
                        .filter(attempt::Column::Attempts.gt(0))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn forget_before(&self, before: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    attempt::Entity::delete_many().filter(attempt::Column::LastAt.lt(before)).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

async fn count(txn: &Transaction<'_>, gates: &[Gate], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, PortError> {
    // There first, then locked in one order: of two at the same time the second counts on from the first.
    for gate in gates {
        let row = attempt::Model { key: gate.key.clone(), attempts: 0, last_at: now, free_at: now };
        attempt::Entity::insert(row.into_active_model())
            .on_conflict_do_nothing_on([attempt::Column::Key])
            .exec_without_returning(&**txn)
            .await
            .map_err(store_error)?;
    }
    let rows = attempt::Entity::find()
        .filter(attempt::Column::Key.is_in(gates.iter().map(|gate| gate.key.as_str())))
        .order_by_asc(attempt::Column::Key)
        .lock_exclusive()
        .all(&**txn)
        .await
        .map_err(store_error)?;
    let mut counted = Vec::new();
    let mut shut_until = None;
    for row in rows {
        let Some(gate) = gates.iter().find(|gate| gate.key == row.key) else { continue };
        let count = Count { attempts: row.attempts.try_into().map_err(PortError::corrupt)?, last_at: row.last_at, free_at: row.free_at };
        match count.attempt(gate.policy, now) {
            Ok(count) => counted.push((row.key, count)),
            Err(free_at) => shut_until = Ord::max(shut_until, Some(free_at)),
        }
    }
    if shut_until.is_some() {
        return Ok(shut_until);
    }
    for (key, count) in counted {
        let row = attempt::ActiveModel {
            attempts: sea_orm::Set(i32::try_from(count.attempts).unwrap_or(i32::MAX)),
            last_at: sea_orm::Set(count.last_at),
            free_at: sea_orm::Set(count.free_at),
            ..Default::default()
        };
        attempt::Entity::update_many().set(row).filter(attempt::Column::Key.eq(key)).exec(&**txn).await.map_err(store_error)?;
    }
    Ok(None)
}
