//! The taste of one person: their copy of it, and its end.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::id::UserId;
use kernel::{Genre, PortError};
use platform::person::{PersonalData, PersonalFile};
use serde_json::{Value, json};

use super::ports::TasteProfileRepository;

/// [`PersonalData`] of this context: the taste profile.
pub struct PersonalTaste {
    /// Where profiles are kept.
    pub taste_profiles: Arc<dyn TasteProfileRepository>,
}

#[async_trait]
impl PersonalData for PersonalTaste {
    async fn collect(&self, user_id: UserId) -> Result<Vec<PersonalFile>, PortError> {
        let Some(profile) = self.taste_profiles.find(&[user_id]).await?.pop() else { return Ok(Vec::new()) };
        let named = |weight: &crate::domain::taste_profile::GenreWeight| json!({ "genre": Genre::by_id(weight.genre_id).map(|genre| genre.name), "weight": weight.weight });
        let genres: Vec<Value> = profile.genres.iter().map(named).collect();
        Ok(vec![PersonalFile { name: "taste_profile", content: json!({ "genres": genres, "updatedAt": profile.updated_at }) }])
    }

    async fn erase(&self, user_id: UserId) -> Result<(), PortError> {
        self.taste_profiles.forget(user_id).await
    }
}
