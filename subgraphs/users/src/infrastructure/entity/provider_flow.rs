//! Table `provider_flow`: used states, and under the hash of their code the sign-ins that came back from a provider.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_flow")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) hash: String,
    pub(in crate::infrastructure) challenge: Option<String>,
    pub(in crate::infrastructure) identity: Option<Json>,
    pub(in crate::infrastructure) expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
