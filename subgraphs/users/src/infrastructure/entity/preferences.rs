//! Table `preferences`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preferences")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) version: i32,
    pub(in crate::infrastructure) language: Option<String>,
    pub(in crate::infrastructure) explicit_allowed: bool,
    pub(in crate::infrastructure) audio_quality: String,
    pub(in crate::infrastructure) autoplay: bool,
    pub(in crate::infrastructure) listening_visible_to: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
