//! Table `audit`: rows are added, and never changed or removed; the database itself sees to that.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) at: DateTimeUtc,
    pub(in crate::infrastructure) actor_id: Option<Uuid>,
    pub(in crate::infrastructure) action: String,
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) address: Option<String>,
    pub(in crate::infrastructure) device: Option<String>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(in crate::infrastructure) before: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(in crate::infrastructure) after: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
