//! Table `uploader`: whose turn it is.

use sea_orm::entity::prelude::*;

/// Somebody who uploads.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploader")]
pub struct Model {
    /// [`kernel::id::UserId`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When a job of theirs was last claimed.
    pub served_at: ChronoDateTimeUtc,
}

/// None: contexts keep few tables, and ids tie them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
