//! Table `avatar`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "avatar")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    #[sea_orm(unique)]
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) media_type: String,
    pub(in crate::infrastructure) size_bytes: i64,
    pub(in crate::infrastructure) sha256: String,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
