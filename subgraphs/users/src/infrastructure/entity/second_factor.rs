//! Table `second_factor`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) user_id: Uuid,
    pub(in crate::infrastructure) secret: String,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) confirmed_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) last_step: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
