//! A published track's row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publication")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) track_id: Uuid,
    pub(crate) upload_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    /// Its ladder, once the media worker told of it.
    #[sea_orm(belongs_to = "super::ladder::Entity", from = "Column::UploadId", to = "super::ladder::Column::UploadId")]
    Ladder,
}

impl Related<super::ladder::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Ladder.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
