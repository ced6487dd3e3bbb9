//! Table `deletion`: the ends of accounts. Whose one is, is forgotten with its completion.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deletion")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    #[sea_orm(unique)]
    pub(in crate::infrastructure) user_id: Option<Uuid>,
    pub(in crate::infrastructure) reason: String,
    pub(in crate::infrastructure) requested_at: DateTimeUtc,
    pub(in crate::infrastructure) due_at: DateTimeUtc,
    pub(in crate::infrastructure) begun_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) completed_at: Option<DateTimeUtc>,
    /// Names and folders in the blob store that go with it.
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) blobs: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
