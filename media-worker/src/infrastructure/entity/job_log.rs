//! Table `job_log`: what became of a job, in words for its owner.

use sea_orm::entity::prelude::*;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_log")]
pub struct Model {
    /// Rises.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which job.
    pub job_id: Uuid,
    /// When.
    pub at: ChronoDateTimeUtc,
    /// What happened.
    pub text: String,
}

/// None: contexts keep few tables, and ids tie them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
