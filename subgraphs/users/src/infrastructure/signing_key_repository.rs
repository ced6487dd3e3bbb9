//! Keys in table `signing_key`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PortError;
use platform::database::{Database, store_error};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::entity::signing_key;
use crate::application::ports::SigningKeyRepository;
use crate::domain::signing_key::SigningKey;

/// [`SigningKeyRepository`] in SQL.
pub struct SqlSigningKeyRepository {
    database: Database,
}

impl SqlSigningKeyRepository {
    /// Keys in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl SigningKeyRepository for SqlSigningKeyRepository {
    async fn published(&self, now: DateTime<Utc>) -> Result<Vec<SigningKey>, PortError> {
        let rows = signing_key::Entity::find().all(self.database.read()).await.map_err(store_error)?;
        let keys =
            rows.into_iter().map(|row| SigningKey { id: row.id, private_key_pem: row.private_key_pem, signs_from: row.signs_from, expires_at: row.expires_at });
        Ok(keys.filter(|key| key.is_published(now)).collect())
    }

    async fn add(&self, key: &SigningKey, now: DateTime<Utc>) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    signing_key::Entity::delete_many().filter(signing_key::Column::ExpiresAt.lte(now)).exec(&**txn).await.map_err(store_error)?;
                    let row = signing_key::Model {
                        id: key.id.clone(),
                        private_key_pem: key.private_key_pem.clone(),
                        signs_from: key.signs_from,
                        expires_at: key.expires_at,
                    };
                    signing_key::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }
}
