//! A ladder's row.

use kernel::events;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Renditions in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Renditions(pub(crate) Vec<events::Rendition>);

/// Downloads in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Downloads(pub(crate) Vec<events::Download>);

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
    pub(crate) renditions: Renditions,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) lossless: Renditions,
    pub(crate) dash: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub(crate) downloads: Downloads,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
