//! Table `api_key`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) organisation_id: Uuid,
    pub(in crate::infrastructure) shown: String,
    pub(in crate::infrastructure) name: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) scopes: Json,
    pub(in crate::infrastructure) per_minute: i64,
    pub(in crate::infrastructure) per_day: i64,
    pub(in crate::infrastructure) expires_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) allowed_origins: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) allowed_addresses: Json,
    pub(in crate::infrastructure) created_by: Option<Uuid>,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) revoked_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
