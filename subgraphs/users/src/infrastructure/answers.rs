//! What contexts answered, in table `answer`: for copies and for ends alike.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Event, PortError};
use platform::database::{Database, Transaction, store_error};
use platform::outbox;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::entity::answer;
use crate::domain::answer::Answer;

/// Those of some requests.
pub(super) async fn of(database: &Database, requests: &[Uuid]) -> Result<HashMap<Uuid, Vec<Answer>>, PortError> {
    let query = answer::Entity::find().filter(answer::Column::RequestId.is_in(requests.iter().copied())).order_by_asc(answer::Column::Context);
    let mut answers: HashMap<_, Vec<_>> = HashMap::new();
    for row in query.all(database.read()).await.map_err(store_error)? {
        let attempts = row.attempts.try_into().map_err(PortError::corrupt)?;
        let answer = Answer { context: row.context, attempts, asked_at: row.asked_at, answered_at: row.answered_at };
        answers.entry(row.request_id).or_default().push(answer);
    }
    Ok(answers)
}

/// Notes whom a request asks.
pub(super) async fn ask(txn: &Transaction<'_>, request: Uuid, answers: &[Answer]) -> Result<(), PortError> {
    let rows = answers
        .iter()
        .map(|answer| {
            let attempts = answer.attempts.try_into().map_err(PortError::corrupt)?;
            let row =
                answer::Model { request_id: request, context: answer.context.clone(), attempts, asked_at: answer.asked_at, answered_at: answer.answered_at };
            Ok(row.into_active_model())
        })
        .collect::<Result<Vec<_>, PortError>>()?;
    if !rows.is_empty() {
        answer::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    }
    Ok(())
}

/// Notes that a context has answered; an answer that comes again, or to nothing, changes nothing.
pub(super) async fn answered(database: &Database, request: Uuid, context: &str, now: DateTime<Utc>) -> Result<(), PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                answer::Entity::update_many()
                    .col_expr(answer::Column::AnsweredAt, Expr::value(now))
                    .filter(answer::Column::RequestId.eq(request))
                    .filter(answer::Column::Context.eq(context))
                    .filter(answer::Column::AnsweredAt.is_null())
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                Ok(())
            })
        })
        .await
}

/// Notes that contexts are asked again, by `event`.
pub(super) async fn ask_again(database: &Database, request: Uuid, contexts: &[String], now: DateTime<Utc>, event: &Event) -> Result<(), PortError> {
    database
        .write(|txn| {
            Box::pin(async move {
                answer::Entity::update_many()
                    .col_expr(answer::Column::Attempts, Expr::col(answer::Column::Attempts).add(1))
                    .col_expr(answer::Column::AskedAt, Expr::value(now))
                    .filter(answer::Column::RequestId.eq(request))
                    .filter(answer::Column::Context.is_in(contexts.iter().map(String::as_str)))
                    .filter(answer::Column::AnsweredAt.is_null())
                    .exec(&**txn)
                    .await
                    .map_err(store_error)?;
                outbox::append(txn, std::slice::from_ref(event)).await
            })
        })
        .await
}

/// Forgets the answers to a request.
pub(super) async fn forget(txn: &Transaction<'_>, requests: &[Uuid]) -> Result<(), PortError> {
    answer::Entity::delete_many().filter(answer::Column::RequestId.is_in(requests.iter().copied())).exec(&**txn).await.map_err(store_error)?;
    Ok(())
}
