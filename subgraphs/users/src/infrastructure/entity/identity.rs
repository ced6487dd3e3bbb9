//! Table `identity`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identity")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) provider: String,
    pub(in crate::infrastructure) subject: String,
    pub(in crate::infrastructure) email: Option<String>,
    pub(in crate::infrastructure) linked_at: DateTimeUtc,
    pub(in crate::infrastructure) last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
