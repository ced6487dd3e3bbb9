//! What is done about taste. Every entrance (events, GraphQL) goes through these.

pub mod accept_space;
pub mod fill_index;
pub mod find_similar;
pub mod find_taste_profile;
pub mod on_rebuild_step;
pub mod on_sound_changed;
pub mod on_user_registered;
pub mod personal_taste;
pub mod ports;
pub mod read_embeddings;
pub mod request_rebuild;
pub mod serve_space;
pub mod set_favourite_genres;
pub mod suggest_genres;

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::{Clock, IdGenerator};

use accept_space::AcceptSpace;
use find_similar::FindSimilar;
use find_taste_profile::FindTasteProfile;
use ports::{EmbeddingIndex, RebuildRepository, TasteProfileRepository, TrackVectorRepository};
use read_embeddings::ReadEmbeddings;
use request_rebuild::RequestRebuild;
use serve_space::ServeSpace;
use set_favourite_genres::SetFavouriteGenres;
use suggest_genres::SuggestGenres;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Taste profiles.
    pub taste_profiles: Arc<dyn TasteProfileRepository>,
    /// Vectors of tracks.
    pub vectors: Arc<dyn TrackVectorRepository>,
    /// Rebuilds of those.
    pub rebuilds: Arc<dyn RebuildRepository>,
    /// Finds near ones.
    pub index: Arc<dyn EmbeddingIndex>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: IdGenerator,
    /// Envelopes for facts.
    pub events: EventFactory,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// Go on without what could not be heard.
    pub accept_space: AcceptSpace,
    /// How far models are.
    pub read_embeddings: ReadEmbeddings,
    /// Have the catalogue heard by another model.
    pub request_rebuild: RequestRebuild,
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
        let Ports { taste_profiles, vectors, rebuilds, index, clock, ids, events } = ports.clone();
        let serve = ServeSpace { vectors: vectors.clone(), rebuilds: rebuilds.clone(), index: index.clone() };
        Self {
            accept_space: AcceptSpace { rebuilds: rebuilds.clone(), serve, clock: clock.clone(), events: events.clone() },
            read_embeddings: ReadEmbeddings { vectors: vectors.clone(), rebuilds: rebuilds.clone() },
            request_rebuild: RequestRebuild { rebuilds, clock: clock.clone(), ids, events },
            suggest_genres: SuggestGenres { vectors: vectors.clone(), index: index.clone() },
            find_similar: FindSimilar { vectors, index },
            find_taste_profile: FindTasteProfile { taste_profiles: taste_profiles.clone() },
            set_favourite_genres: SetFavouriteGenres { taste_profiles, clock },
        }
    }
}
