//! Organisations in tables `organisation` and `organisation_member`.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::{OrganisationId, UserId};
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _};
use uuid::Uuid;

use super::entity::{organisation, organisation_member};
use crate::application::ports::organisation::{LAST_OWNER, OrganisationRepository};
use crate::domain::organisation::{Limits, Member, MemberRole, Organisation, OrganisationName};

pub(super) const OWNER: &str = "OWNER";
const MEMBER: &str = "MEMBER";

/// [`OrganisationRepository`] in SQL.
pub struct SqlOrganisationRepository {
    database: Database,
}

impl SqlOrganisationRepository {
    /// Organisations in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn with_members(&self, rows: Vec<organisation::Model>) -> Result<Vec<Organisation>, PortError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let members = organisation_member::Entity::find()
            .filter(organisation_member::Column::OrganisationId.is_in(rows.iter().map(|row| row.id)))
            .order_by_asc(organisation_member::Column::Since)
            .order_by_asc(organisation_member::Column::UserId)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        let mut by_organisation: HashMap<Uuid, Vec<Member>> = HashMap::new();
        for row in members {
            by_organisation.entry(row.organisation_id).or_default().push(Member {
                user_id: Id::from_uuid(row.user_id),
                role: role_of(&row.role)?,
                since: row.since,
            });
        }
        rows.into_iter().map(|row| organisation_of(row, &mut by_organisation)).collect()
    }
}

#[async_trait]
impl OrganisationRepository for SqlOrganisationRepository {
    async fn add(&self, organisation: &Organisation) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let row = organisation::Model {
                        id: organisation.id.uuid(),
                        name: organisation.name.as_str().to_owned(),
                        per_minute: organisation.limits.per_minute.into(),
                        per_day: organisation.limits.per_day.into(),
                        revision: 0,
                        created_at: organisation.created_at,
                    };
                    organisation::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    for member in &organisation.members {
                        put(txn, organisation.id, member).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn find(&self, ids: &[OrganisationId]) -> Result<Vec<Organisation>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ids.iter().map(|id| id.uuid());
        let rows = organisation::Entity::find().filter(organisation::Column::Id.is_in(ids)).all(self.database.read()).await.map_err(store_error)?;
        self.with_members(rows).await
    }

    async fn of_user(&self, user: UserId) -> Result<Vec<Organisation>, PortError> {
        let theirs = organisation_member::Entity::find()
            .select_only()
            .column(organisation_member::Column::OrganisationId)
            .filter(organisation_member::Column::UserId.eq(user.uuid()))
            .into_query();
        let rows = organisation::Entity::find()
            .filter(organisation::Column::Id.in_subquery(theirs))
            .order_by_asc(organisation::Column::CreatedAt)
            .order_by_asc(organisation::Column::Id)
            .all(self.database.read())
            .await
            .map_err(store_error)?;
        self.with_members(rows).await
    }

    async fn put_member(&self, id: OrganisationId, member: &Member) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    touch(txn, id).await?;
                    put(txn, id, member).await?;
                    still_owned(txn, id).await
                })
            })
            .await
    }

    async fn remove_member(&self, id: OrganisationId, user: UserId) -> Result<bool, PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    match touch(txn, id).await {
                        Err(PortError::NotFound) => return Ok(false),
                        touched => touched?,
                    }
                    let removed = organisation_member::Entity::delete_by_id((id.uuid(), user.uuid())).exec(&**txn).await.map_err(store_error)?;
                    if removed.rows_affected == 0 {
                        return Ok(false);
                    }
                    still_owned(txn, id).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn set_limits(&self, id: OrganisationId, limits: Limits) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    touch(txn, id).await?;
                    organisation::Entity::update_many()
                        .col_expr(organisation::Column::PerMinute, Expr::value(i64::from(limits.per_minute)))
                        .col_expr(organisation::Column::PerDay, Expr::value(i64::from(limits.per_day)))
                        .filter(organisation::Column::Id.eq(id.uuid()))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}

/// Makes every other change of this organisation that is under way lose against this one, and be tried again.
pub(super) async fn touch(txn: &Transaction<'_>, id: OrganisationId) -> Result<(), PortError> {
    let touched = organisation::Entity::update_many()
        .col_expr(organisation::Column::Revision, Expr::col(organisation::Column::Revision).add(1))
        .filter(organisation::Column::Id.eq(id.uuid()))
        .exec(&**txn)
        .await
        .map_err(store_error)?;
    if touched.rows_affected == 0 { Err(PortError::NotFound) } else { Ok(()) }
}

async fn put(txn: &Transaction<'_>, id: OrganisationId, member: &Member) -> Result<(), PortError> {
    let row =
        organisation_member::Model { organisation_id: id.uuid(), user_id: member.user_id.uuid(), role: role_text(member.role).to_owned(), since: member.since };
    let again = OnConflict::columns([organisation_member::Column::OrganisationId, organisation_member::Column::UserId])
        .update_column(organisation_member::Column::Role)
        .to_owned();
    organisation_member::Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

async fn still_owned(txn: &Transaction<'_>, id: OrganisationId) -> Result<(), PortError> {
    let owner = organisation_member::Entity::find()
        .filter(organisation_member::Column::OrganisationId.eq(id.uuid()))
        .filter(organisation_member::Column::Role.eq(OWNER))
        .one(&**txn)
        .await
        .map_err(store_error)?;
    if owner.is_some() { Ok(()) } else { Err(PortError::Conflict { constraint: LAST_OWNER.to_owned() }) }
}

fn organisation_of(row: organisation::Model, members: &mut HashMap<Uuid, Vec<Member>>) -> Result<Organisation, PortError> {
    Ok(Organisation {
        id: Id::from_uuid(row.id),
        name: OrganisationName::from_stored(row.name),
        limits: limits_of(row.per_minute, row.per_day)?,
        created_at: row.created_at,
        members: members.remove(&row.id).unwrap_or_default(),
    })
}

pub(super) fn limits_of(per_minute: i64, per_day: i64) -> Result<Limits, PortError> {
    let number = |number: i64| u32::try_from(number).map_err(PortError::corrupt);
    Ok(Limits { per_minute: number(per_minute)?, per_day: number(per_day)? })
}

const fn role_text(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => OWNER,
        MemberRole::Member => MEMBER,
    }
}

fn role_of(text: &str) -> Result<MemberRole, PortError> {
    match text {
        OWNER => Ok(MemberRole::Owner),
        MEMBER => Ok(MemberRole::Member),
        other => Err(PortError::corrupt(format!("unknown role {other} of a member"))),
    }
}
