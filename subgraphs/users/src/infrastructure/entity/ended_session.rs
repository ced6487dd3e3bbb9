//! Table `ended_session`: sessions of accounts that are gone, until their tokens have ended.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ended_session")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) ended_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
