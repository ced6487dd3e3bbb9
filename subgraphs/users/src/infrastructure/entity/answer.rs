//! Table `answer`: what contexts were asked about a person, for a copy or an end.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answer")]
pub(in crate::infrastructure) struct Model {
    /// The export or the deletion.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) request_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) context: String,
    pub(in crate::infrastructure) attempts: i32,
    pub(in crate::infrastructure) asked_at: DateTimeUtc,
    pub(in crate::infrastructure) answered_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
