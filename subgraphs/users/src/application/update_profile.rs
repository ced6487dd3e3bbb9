//! A person edits what they say about themselves.

use std::sync::Arc;

use kernel::viewer::AccessError;
use kernel::{Edit, InvalidField, PortError};

use super::caller::Caller;
use super::ports::UserRepository;
use crate::domain::profile::{Bio, DisplayName, ProfileEdit};
use crate::domain::user::User;

/// The wished-for change, unchecked. A blank text clears.
#[derive(Debug, Clone, Default)]
pub struct ProfileWish {
    /// The name to show; cleared: the username.
    pub display_name: Edit<String>,
    /// A few words.
    pub bio: Edit<String>,
}

/// Why the profile stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpdateProfileError {
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Nobody is signed in, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the profile cannot be changed")]
    Port(#[source] PortError),
}

/// Edits the viewer's own profile.
pub struct UpdateProfile {
    pub(super) users: Arc<dyn UserRepository>,
}

impl UpdateProfile {
    /// The account afterwards.
    pub async fn run(&self, caller: &Caller, wish: ProfileWish) -> Result<User, UpdateProfileError> {
        let session = caller.require_session()?;
        let edit = ProfileEdit { display_name: wish.display_name.try_map(|text| DisplayName::parse(&text))?, bio: wish.bio.try_map(|text| Bio::parse(&text))? };
        self.users.edit_profile(session.user_id, &edit).await.map_err(|error| match error {
            PortError::NotFound => AccessError::Unauthenticated.into(),
            other => UpdateProfileError::Port(other),
        })
    }
}
