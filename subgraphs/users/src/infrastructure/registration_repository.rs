//! Registrations in table `registration`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::entity::registration;
use super::{audit_log, ticket_repository};
use crate::application::record::Record;
use crate::application::rights_ports::RegistrationRepository;
use crate::domain::registration::{Registration, Step};
use crate::domain::ticket::Ticket;
use crate::domain::user::User;

/// [`RegistrationRepository`] in SQL.
pub struct SqlRegistrationRepository {
    database: Database,
}

impl SqlRegistrationRepository {
    /// Registrations in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

/// The registration of a new account, in the transaction of its making.
pub(super) async fn begin(txn: &Transaction<'_>, user: &User) -> Result<(), PortError> {
    let row = registration::Model { user_id: user.id.uuid(), step: Step::TasteProfile.as_str().to_owned(), since: user.created_at };
    registration::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl RegistrationRepository for SqlRegistrationRepository {
    async fn find(&self, user_id: UserId) -> Result<Option<Registration>, PortError> {
        let row = registration::Entity::find_by_id(user_id.uuid()).one(self.database.read()).await.map_err(store_error)?;
        row.map(|row| {
            let step = Step::from_stored(&row.step).ok_or_else(|| PortError::corrupt(format!("unknown step {}", row.step)))?;
            Ok(Registration { step, since: row.since })
        })
        .transpose()
    }

    async fn advance(&self, user_id: UserId, from: Step, to: Registration, ticket: Option<&Ticket>, record: &Record) -> Result<bool, PortError> {
        let to = &to;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let advanced = registration::Entity::update_many()
                        .col_expr(registration::Column::Step, Expr::value(to.step.as_str()))
                        .col_expr(registration::Column::Since, Expr::value(to.since))
                        .filter(registration::Column::UserId.eq(user_id.uuid()))
                        .filter(registration::Column::Step.eq(from.as_str()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    if advanced.rows_affected == 0 {
                        return Ok(false);
                    }
                    if let Some(ticket) = ticket {
                        ticket_repository::issue(txn, ticket).await?;
                    }
                    audit_log::store(txn, record).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn overdue(&self, before: DateTime<Utc>, limit: u64) -> Result<Vec<UserId>, PortError> {
        let rows = registration::Entity::find()
            .filter(registration::Column::Step.ne(Step::Complete.as_str()))
            .filter(registration::Column::Since.lte(before))
            .order_by_asc(registration::Column::Since)
            .limit(limit)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(|row| Id::from_uuid(row.user_id)).collect())
    }
}
