//! Table `api_key_secret`: hashes only. Those that were rotated away have an end.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_secret")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) hash: String,
    pub(in crate::infrastructure) key_id: Uuid,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
