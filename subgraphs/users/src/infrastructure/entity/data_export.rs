//! Table `data_export`: copies of what is kept of people.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_export")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) requested_at: DateTimeUtc,
    pub(in crate::infrastructure) ready_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) expires_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) size_bytes: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
