//! Table `recording_review`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recording_review")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) track_id: Uuid,
    pub(in crate::infrastructure) upload_id: Uuid,
    pub(in crate::infrastructure) matched_track_id: Uuid,
    pub(in crate::infrastructure) similarity: f64,
    pub(in crate::infrastructure) offset_ms: i64,
    pub(in crate::infrastructure) overlap_ms: i64,
    pub(in crate::infrastructure) state: String,
    pub(in crate::infrastructure) opened_at: DateTimeUtc,
    pub(in crate::infrastructure) decided_by: Option<Uuid>,
    pub(in crate::infrastructure) decided_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
