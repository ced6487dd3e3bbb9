//! A listener says which genres they like.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{Clock, InvalidField, PortError, Viewer};

use super::ports::TasteProfileRepository;
use crate::domain::taste_profile::{TasteProfile, favourites};

/// Why the profile stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum SetFavouriteGenresError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// What was named is no genre, or too much.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// The account is so new that its taste profile is still being made, or is gone.
    #[error("there is no taste profile of yours yet: try again in a moment")]
    NoProfile,
    /// A port failed.
    #[error("the taste profile cannot be changed")]
    Port(#[source] PortError),
}

/// Changes taste profiles.
pub struct SetFavouriteGenres {
    pub(super) taste_profiles: Arc<dyn TasteProfileRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl SetFavouriteGenres {
    /// The viewer's profile afterwards: these genres and no others. None at all makes the taste unknown again.
    pub async fn run(&self, viewer: &Viewer, slugs: &[String]) -> Result<TasteProfile, SetFavouriteGenresError> {
        let user_id = viewer.require_session()?.user_id;
        let profile = TasteProfile { user_id, genres: favourites(slugs)?, updated_at: self.clock.now() };
        self.taste_profiles.replace(&profile).await.map_err(|error| match error {
            PortError::NotFound => SetFavouriteGenresError::NoProfile,
            other => SetFavouriteGenresError::Port(other),
        })?;
        Ok(profile)
    }
}
