//! Pictures' descriptions in table `avatar`, and which of them an account shows in `user`.

use async_trait::async_trait;
use kernel::id::{AvatarId, UserId};
use kernel::{Id, PortError};
use platform::database::{Database, store_error};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _};

use super::entity::{avatar, user};
use crate::application::ports::avatar::AvatarRepository;
use crate::domain::avatar::Avatar;

/// [`AvatarRepository`] in SQL.
pub struct SqlAvatarRepository {
    database: Database,
}

impl SqlAvatarRepository {
    /// Pictures' descriptions in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AvatarRepository for SqlAvatarRepository {
    async fn replace(&self, user_id: UserId, next: Option<&Avatar>) -> Result<Option<AvatarId>, PortError> {
        let id = user_id.uuid();
        let row = &next.map(row_of).transpose()?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    // The account's row first: of two who replace one picture, the second replaces what the first has brought.
                    let account = user::Entity::find_by_id(id).lock_exclusive().one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    avatar::Entity::delete_many().filter(avatar::Column::UserId.eq(id)).exec(&**txn).await.map_err(store_error)?;
                    if let Some(row) = row {
                        avatar::Entity::insert(row.clone().into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                    }
                    user::Entity::update_many()
                        .col_expr(user::Column::AvatarId, Expr::value(row.as_ref().map(|row| row.id)))
                        .filter(user::Column::Id.eq(id))
                        .exec(&**txn)
                        .await
                        .map_err(store_error)?;
                    Ok(account.avatar_id.map(Id::from_uuid))
                })
            })
            .await
    }

    async fn find(&self, id: AvatarId) -> Result<Option<Avatar>, PortError> {
        avatar::Entity::find_by_id(id.uuid()).one(self.database.read()).await.map_err(store_error)?.map(avatar_of).transpose()
    }
}

fn row_of(avatar: &Avatar) -> Result<avatar::Model, PortError> {
    Ok(avatar::Model {
        id: avatar.id.uuid(),
        user_id: avatar.user_id.uuid(),
        media_type: avatar.media_type.clone(),
        size_bytes: avatar.size_bytes.try_into().map_err(PortError::corrupt)?,
        sha256: avatar.sha256.clone(),
        created_at: avatar.created_at,
    })
}

fn avatar_of(row: avatar::Model) -> Result<Avatar, PortError> {
    Ok(Avatar {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        media_type: row.media_type,
        size_bytes: row.size_bytes.try_into().map_err(PortError::corrupt)?,
        sha256: row.sha256,
        created_at: row.created_at,
    })
}
