//! Table `fingerprint`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fingerprint")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) upload_id: Uuid,
    pub(in crate::infrastructure) track_id: Uuid,
    /// Sub-fingerprints of four bytes, little-endian.
    pub(in crate::infrastructure) items: Vec<u8>,
    pub(in crate::infrastructure) rejected: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
