//! Table `rebuild`: wishes to have the catalogue heard by another model.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rebuild")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) requested_by: Uuid,
    pub(in crate::infrastructure) requested_at: DateTimeUtc,
    /// Null until it has begun, as are those that follow.
    pub(in crate::infrastructure) began_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) space: Option<String>,
    pub(in crate::infrastructure) uploads: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
