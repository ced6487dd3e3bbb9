//! Table `refresh_token`: hashes only. Used ones stay until they expire, so that a second use is noticed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) hash: String,
    pub(in crate::infrastructure) session_id: Uuid,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) expires_at: DateTimeUtc,
    pub(in crate::infrastructure) used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
