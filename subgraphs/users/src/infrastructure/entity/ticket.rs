//! Table `ticket`. Its token is derived of the id and stands nowhere.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) purpose: String,
    pub(in crate::infrastructure) email: String,
    pub(in crate::infrastructure) group_id: Option<Uuid>,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) expires_at: DateTimeUtc,
    pub(in crate::infrastructure) used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
