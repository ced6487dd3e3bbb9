//! Table `api_key_use`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_use")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) key_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) day: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) operation: String,
    pub(in crate::infrastructure) requests: i64,
    pub(in crate::infrastructure) refused: i64,
    pub(in crate::infrastructure) cost: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
