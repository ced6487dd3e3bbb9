//! Table `user`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    #[sea_orm(unique)]
    pub(in crate::infrastructure) username: String,
    pub(in crate::infrastructure) email: String,
    /// The address's key once the person has proved that they read its mail; until then the account's id: an address that nobody has
    /// proved is nobody's.
    #[sea_orm(unique)]
    pub(in crate::infrastructure) email_key: String,
    /// The address's key, proved or not; several accounts may have one.
    pub(in crate::infrastructure) address_key: Option<String>,
    pub(in crate::infrastructure) display_name: Option<String>,
    pub(in crate::infrastructure) bio: Option<String>,
    pub(in crate::infrastructure) role: String,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    /// Null for accounts older than the rule whose names looked alike already.
    pub(in crate::infrastructure) skeleton: Option<String>,
    pub(in crate::infrastructure) email_verified_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) suspended_at: Option<DateTimeUtc>,
    /// The row of `avatar` that the person shows.
    pub(in crate::infrastructure) avatar_id: Option<Uuid>,
    pub(in crate::infrastructure) premium_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
