//! A ladder's row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ladder")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) upload_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) track_id: Uuid,
    pub(crate) prefix: String,
    pub(crate) duration_ms: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) renditions: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) lossless: Json,
    pub(crate) dash: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) downloads: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
