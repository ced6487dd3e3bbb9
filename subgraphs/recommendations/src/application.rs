//! What is done about taste. Every entrance (events, GraphQL) goes through these.

pub mod fill_index;
pub mod find_similar;
pub mod find_taste_profile;
pub mod on_sound_changed;
pub mod on_user_registered;
pub mod personal_taste;
pub mod ports;
pub mod serve_space;
pub mod set_favourite_genres;
pub mod suggest_genres;

use std::sync::Arc;

use kernel::Clock;
use kernel::event::EventFactory;

use find_similar::FindSimilar;
use find_taste_profile::FindTasteProfile;
use ports::{EmbeddingIndex, TasteProfileRepository, TrackVectorRepository};
use set_favourite_genres::SetFavouriteGenres;
use suggest_genres::SuggestGenres;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Taste profiles.
    pub taste_profiles: Arc<dyn TasteProfileRepository>,
    /// Vectors of tracks.
    pub vectors: Arc<dyn TrackVectorRepository>,
    /// Finds near ones.
    pub index: Arc<dyn EmbeddingIndex>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Envelopes for facts.
    pub events: EventFactory,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// What sounds alike.
    pub find_similar: FindSimilar,
    /// Look taste profiles up.
    pub find_taste_profile: FindTasteProfile,
    /// Say what one likes.
    pub set_favourite_genres: SetFavouriteGenres,
    /// Which genres a track may have.
    pub suggest_genres: SuggestGenres,
}

impl UseCases {
    /// All use cases on `ports`.
    pub fn new(ports: &Ports) -> Self {
        let Ports { taste_profiles, vectors, index, clock, .. } = ports.clone();
        Self {
            suggest_genres: SuggestGenres { vectors: vectors.clone(), index: index.clone() },
            find_similar: FindSimilar { vectors, index },
            find_taste_profile: FindTasteProfile { taste_profiles: taste_profiles.clone() },
            set_favourite_genres: SetFavouriteGenres { taste_profiles, clock },
        }
    }
}
