//! What a model made of an upload.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_vector")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) upload_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) space: String,
    pub(in crate::infrastructure) track_id: Uuid,
    /// Numbers of four bytes, little-endian; empty where the model hears nothing.
    pub(in crate::infrastructure) vector: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
