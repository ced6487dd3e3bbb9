//! Table `artist`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "artist")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) owner_id: Uuid,
    pub(in crate::infrastructure) name: String,
    pub(in crate::infrastructure) name_key: String,
    pub(in crate::infrastructure) bio: Option<String>,
    pub(in crate::infrastructure) artwork_id: Option<Uuid>,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
