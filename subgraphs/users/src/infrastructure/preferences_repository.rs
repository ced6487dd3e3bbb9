//! Preferences in table `preferences`.

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Event, PortError};
use platform::database::{Database, store_error};
use platform::outbox;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait as _, IntoActiveModel as _, QuerySelect as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::entity::preferences::{Column, Entity, Model};
use super::entity::user;
use crate::application::ports::preferences::PreferencesRepository;
use crate::domain::preferences::{Language, Preferences};

/// [`PreferencesRepository`] in SQL.
pub struct SqlPreferencesRepository {
    database: Database,
}

impl SqlPreferencesRepository {
    /// Preferences in `database`.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl PreferencesRepository for SqlPreferencesRepository {
    async fn find(&self, user_id: UserId) -> Result<Option<Preferences>, PortError> {
        Entity::find_by_id(user_id.uuid()).one(self.database.read()).await.map_err(store_error)?.map(preferences_of).transpose()
    }

    async fn put(&self, user_id: UserId, next: &Preferences, told: &Event) -> Result<bool, PortError> {
        let row = &row_of(user_id, next)?;
        self.database
            .write(|txn| {
                Box::pin(async move {
                    // The account's row first: it decides between two who put the same version.
                    user::Entity::find_by_id(row.user_id).lock_exclusive().one(&**txn).await.map_err(store_error)?.ok_or(PortError::NotFound)?;
                    let there = Entity::find_by_id(row.user_id).one(&**txn).await.map_err(store_error)?.map_or(0, |row| row.version);
                    if there + 1 != row.version {
                        return Ok(false);
                    }
                    let columns =
                        [Column::Version, Column::Language, Column::ExplicitAllowed, Column::AudioQuality, Column::Autoplay, Column::ListeningVisibleTo];
                    let replace = OnConflict::column(Column::UserId).update_columns(columns).to_owned();
                    Entity::insert(row.clone().into_active_model()).on_conflict(replace).exec_without_returning(&**txn).await.map_err(store_error)?;
                    outbox::append(txn, std::slice::from_ref(told)).await?;
                    Ok(true)
                })
            })
            .await
    }
}

fn row_of(user_id: UserId, preferences: &Preferences) -> Result<Model, PortError> {
    Ok(Model {
        user_id: user_id.uuid(),
        version: preferences.version.try_into().map_err(PortError::corrupt)?,
        language: preferences.language.as_ref().map(|language| language.as_str().to_owned()),
        explicit_allowed: preferences.explicit_allowed,
        audio_quality: text_of(preferences.audio_quality)?,
        autoplay: preferences.autoplay,
        listening_visible_to: text_of(preferences.listening_visible_to)?,
    })
}

fn preferences_of(row: Model) -> Result<Preferences, PortError> {
    Ok(Preferences {
        version: row.version.try_into().map_err(PortError::corrupt)?,
        language: row.language.map(Language::from_stored),
        explicit_allowed: row.explicit_allowed,
        audio_quality: value_of(row.audio_quality)?,
        autoplay: row.autoplay,
        listening_visible_to: value_of(row.listening_visible_to)?,
    })
}

/// The text that events have for it too.
fn text_of(value: impl Serialize) -> Result<String, PortError> {
    serde_json::from_value(serde_json::to_value(value).map_err(PortError::corrupt)?).map_err(PortError::corrupt)
}

fn value_of<T: DeserializeOwned>(text: String) -> Result<T, PortError> {
    serde_json::from_value(text.into()).map_err(PortError::corrupt)
}
