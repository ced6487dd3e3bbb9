//! Table `track_loudness`.

use kernel::loudness::LoudnessBin;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Blocks in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(in crate::infrastructure) struct Blocks(pub(in crate::infrastructure) Vec<LoudnessBin>);

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "track_loudness")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) track_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) blocks: Blocks,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
