//! What is done about taste. Every entrance (events, GraphQL) goes through these.

pub mod find_taste_profile;
pub mod on_user_registered;
pub mod personal_taste;
pub mod ports;
pub mod set_favourite_genres;

use std::sync::Arc;

use kernel::Clock;
use kernel::event::EventFactory;

use find_taste_profile::FindTasteProfile;
use ports::TasteProfileRepository;
use set_favourite_genres::SetFavouriteGenres;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Taste profiles.
    pub taste_profiles: Arc<dyn TasteProfileRepository>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Envelopes for facts.
    pub events: EventFactory,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// Look taste profiles up.
    pub find_taste_profile: FindTasteProfile,
    /// Say what one likes.
    pub set_favourite_genres: SetFavouriteGenres,
}

impl UseCases {
    /// All use cases on `ports`.
    pub fn new(ports: &Ports) -> Self {
        let Ports { taste_profiles, clock, .. } = ports.clone();
        Self {
            find_taste_profile: FindTasteProfile { taste_profiles: taste_profiles.clone() },
            set_favourite_genres: SetFavouriteGenres { taste_profiles, clock },
        }
    }
}
