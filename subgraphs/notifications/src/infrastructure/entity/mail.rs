//! Table `mail`: what is on its way, and what was given up. Never words, never tokens.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) address: String,
    pub(in crate::infrastructure) name: String,
    pub(in crate::infrastructure) reason: String,
    pub(in crate::infrastructure) ticket_id: Option<Uuid>,
    pub(in crate::infrastructure) expires_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) attempts: i32,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    /// When it is tried next; null once it was given up.
    pub(in crate::infrastructure) due_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) failure: Option<String>,
    pub(in crate::infrastructure) died_at: Option<DateTimeUtc>,
    /// Null in mail that is older than the column.
    pub(in crate::infrastructure) user_id: Option<Uuid>,
    /// A `MailMatter` of kernel's.
    pub(in crate::infrastructure) about: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
