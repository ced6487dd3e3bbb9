//! Which upload of a track is published.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "published_track")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) track_id: Uuid,
    pub(in crate::infrastructure) upload_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {
    /// Its vectors, once the media worker told of them.
    #[sea_orm(belongs_to = "super::upload_vector::Entity", from = "Column::UploadId", to = "super::upload_vector::Column::UploadId")]
    Vector,
}

impl Related<super::upload_vector::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Vector.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
