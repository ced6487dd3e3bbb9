//! Table `job`: one row an upload and purpose.

use sea_orm::entity::prelude::*;

/// What stage a job is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum JobState {
    /// Waits for a worker.
    #[sea_orm(string_value = "QUEUED")]
    Queued,
    /// A worker has it, or had it and died.
    #[sea_orm(string_value = "RUNNING")]
    Running,
    /// What it is for is done.
    #[sea_orm(string_value = "DONE")]
    Done,
    /// It will not be done.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// Its track is gone, or has a newer upload.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// [`kernel::id::JobId`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which track.
    pub track_id: Uuid,
    /// Which upload; it has one job of a purpose.
    pub upload_id: Uuid,
    /// What is made of it: [`Purpose`](crate::domain::job::Purpose).
    pub purpose: String,
    /// Where the source lies.
    pub blob: String,
    /// Who uploaded; none of jobs from before this was known.
    pub uploader_id: Option<Uuid>,
    /// Higher goes first.
    pub priority: i32,
    /// Of the source, in lower-case hexadecimal; empty when unknown.
    pub sha256: String,
    /// Length of the source.
    pub size_bytes: i64,
    /// What its ladder was made by: only the same recipe makes the same ladder of the same bytes.
    pub recipe: Option<String>,
    /// The finished ladder as the child told it.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub result: Option<Json>,
    /// Why it failed for good.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub failure: Option<Json>,
    /// Its stage.
    pub state: JobState,
    /// Attempts begun.
    pub attempts: i32,
    /// When a worker may claim it: after a pause when queued, when the lease ends while running.
    pub available_at: ChronoDateTimeUtc,
    /// The latest attempt's ladder: proof of the lease while running, the result when done.
    pub ladder_id: Option<Uuid>,
    /// Why the last attempt failed, for operators.
    pub last_error: Option<String>,
    /// When the upload came.
    pub created_at: ChronoDateTimeUtc,
    /// When this row last changed.
    pub updated_at: ChronoDateTimeUtc,
}

/// None: contexts keep few tables, and ids tie them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
