//! Table `ladder`: every ladder that may have files in the blob store.

use sea_orm::entity::prelude::*;

/// A ladder, complete or not.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ladder")]
pub struct Model {
    /// [`kernel::id::LadderId`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which job made it.
    pub job_id: Uuid,
    /// Of which track.
    pub track_id: Uuid,
    /// When its files are rubbish; none while it is wanted.
    pub discard_at: Option<ChronoDateTimeUtc>,
}

/// None: contexts keep few tables, and ids tie them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
