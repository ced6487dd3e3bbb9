//! Table `registration`: how far a registration has come.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "registration")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) step: String,
    pub(in crate::infrastructure) since: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
