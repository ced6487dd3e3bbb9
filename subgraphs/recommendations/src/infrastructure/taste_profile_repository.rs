//! Taste profiles in tables `taste_profile` and `taste_genre`.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Event, Id, PortError};
use platform::database::{Transaction, store_error};
use platform::{Database, inbox, outbox};
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use uuid::Uuid;

use super::entity::{taste_genre, taste_profile};
use crate::NAME;
use crate::application::ports::TasteProfileRepository;
use crate::domain::taste_profile::{GenreWeight, TasteProfile};

/// [`TasteProfileRepository`] in SQL.
pub struct SqlTasteProfileRepository {
    database: Database,
}

impl SqlTasteProfileRepository {
    /// In `database`, migrated.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl TasteProfileRepository for SqlTasteProfileRepository {
    async fn create(&self, event_id: Uuid, profile: &TasteProfile, told: &Event) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if !inbox::first_time(txn, NAME, event_id).await? {
                        return Ok(());
                    }
                    let row = taste_profile::Model { user_id: profile.user_id.uuid(), updated_at: profile.updated_at };
                    let is_there = taste_profile::Entity::find_by_id(row.user_id).one(&**txn).await.map_err(store_error)?.is_some();
                    if !is_there {
                        taste_profile::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
                        insert_genres(txn, profile).await?;
                    }
                    outbox::append(txn, std::slice::from_ref(told)).await
                })
            })
            .await
    }

    async fn refuse(&self, event_id: Uuid, told: &Event) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    if inbox::first_time(txn, NAME, event_id).await? {
                        outbox::append(txn, std::slice::from_ref(told)).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn forget(&self, user_id: UserId) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    taste_profile::Entity::delete_by_id(user_id.uuid()).exec(&**txn).await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await
    }

    async fn find(&self, users: &[UserId]) -> Result<Vec<TasteProfile>, PortError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let users = || users.iter().map(|user| user.uuid());
        let profiles = taste_profile::Entity::find().filter(taste_profile::Column::UserId.is_in(users())).all(self.database.read());
        let profiles = profiles.await.map_err(store_error)?;
        let genres = taste_genre::Entity::find().filter(taste_genre::Column::UserId.is_in(users())).all(self.database.read());
        let mut of: HashMap<Uuid, Vec<GenreWeight>> = HashMap::new();
        for row in genres.await.map_err(store_error)? {
            of.entry(row.user_id).or_default().push(GenreWeight { genre_id: Id::from_uuid(row.genre_id), weight: row.weight });
        }
        let profile_of = |row: taste_profile::Model| {
            let mut genres = of.remove(&row.user_id).unwrap_or_default();
            // Ties by id, so that the order is the same each time.
            genres.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.genre_id.uuid().cmp(&b.genre_id.uuid())));
            TasteProfile { user_id: Id::from_uuid(row.user_id), genres, updated_at: row.updated_at }
        };
        Ok(profiles.into_iter().map(profile_of).collect())
    }

    async fn replace(&self, profile: &TasteProfile) -> Result<(), PortError> {
        self.database
            .write(|txn| {
                Box::pin(async move {
                    let id = profile.user_id.uuid();
                    let row = taste_profile::ActiveModel { updated_at: ActiveValue::Set(profile.updated_at), ..Default::default() };
                    let updated = taste_profile::Entity::update_many().set(row).filter(taste_profile::Column::UserId.eq(id)).exec(&**txn).await;
                    if updated.map_err(store_error)?.rows_affected == 0 {
                        return Err(PortError::NotFound);
                    }
                    taste_genre::Entity::delete_many().filter(taste_genre::Column::UserId.eq(id)).exec(&**txn).await.map_err(store_error)?;
                    insert_genres(txn, profile).await
                })
            })
            .await
    }
}

async fn insert_genres(txn: &Transaction<'_>, profile: &TasteProfile) -> Result<(), PortError> {
    if profile.genres.is_empty() {
        return Ok(());
    }
    let rows = profile.genres.iter().map(|genre| taste_genre::ActiveModel {
        user_id: ActiveValue::Set(profile.user_id.uuid()),
        genre_id: ActiveValue::Set(genre.genre_id.uuid()),
        weight: ActiveValue::Set(genre.weight),
    });
    taste_genre::Entity::insert_many(rows).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}
