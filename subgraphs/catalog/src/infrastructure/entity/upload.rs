//! Table `upload`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) purpose: String,
    pub(in crate::infrastructure) subject_id: Uuid,
    pub(in crate::infrastructure) uploader_id: Uuid,
    pub(in crate::infrastructure) file_name: String,
    pub(in crate::infrastructure) media_type: String,
    pub(in crate::infrastructure) size_bytes: i64,
    pub(in crate::infrastructure) sha256: String,
    pub(in crate::infrastructure) state: String,
    pub(in crate::infrastructure) attempt: i32,
    pub(in crate::infrastructure) lease_until: Option<DateTimeUtc>,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
