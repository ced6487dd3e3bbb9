//! Table `unheard_upload`: what a model could not hear.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unheard_upload")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) upload_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) space: String,
    pub(in crate::infrastructure) track_id: Uuid,
    pub(in crate::infrastructure) job_id: Uuid,
    pub(in crate::infrastructure) reason: String,
    pub(in crate::infrastructure) at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
