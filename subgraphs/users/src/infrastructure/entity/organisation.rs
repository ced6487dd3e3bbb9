//! Table `organisation`. The revision grows with every change, so that two at once meet there.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) name: String,
    pub(in crate::infrastructure) per_minute: i64,
    pub(in crate::infrastructure) per_day: i64,
    pub(in crate::infrastructure) revision: i64,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
