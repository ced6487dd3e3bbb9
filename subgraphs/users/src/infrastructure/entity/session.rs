//! Table `session`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) ended_at: Option<DateTimeUtc>,
    /// Null in sessions that began before it was noted.
    pub(in crate::infrastructure) last_used_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) address: Option<String>,
    pub(in crate::infrastructure) device: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
