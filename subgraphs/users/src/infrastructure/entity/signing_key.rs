//! Table `signing_key`. Holds private keys: protect the database, its backups and its replicas accordingly.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: String,
    pub(in crate::infrastructure) private_key_pem: String,
    pub(in crate::infrastructure) signs_from: DateTimeUtc,
    pub(in crate::infrastructure) expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
