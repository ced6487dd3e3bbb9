//! Small entities, and references to those of other contexts.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use kernel::id::{ArtworkId, UserId};
use platform::cache_control::cache_control;

use super::use_cases;
use crate::{application::listing, domain};

/// How long what artists and listeners see of the catalog may be kept, in seconds: what is published is seen, and what is withdrawn
/// is gone, within so long.
pub(super) const FRESH_SECS: i32 = 60;
/// How long what changes only with a release of Polyphony may be kept, in seconds.
const FIXED_SECS: i32 = 3600;

/// A person's account.
#[derive(SimpleObject)]
#[graphql(unresolvable = "id")]
pub(super) struct User {
    /// The id.
    id: ID,
}

impl From<UserId> for User {
    fn from(id: UserId) -> Self {
        Self { id: id.to_string().into() }
    }
}

/// A musical genre.
pub(super) struct Genre(pub(super) domain::genre::Genre);

/// A musical genre: one of a fixed list that is the same everywhere.
#[Object(directive = cache_control::apply(Some(FIXED_SECS), None, None), tag = "partner")]
impl Genre {
    /// The id: opaque, the same in every installation.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name in filters and inputs: lower case letters and hyphens.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

/// A picture.
pub(super) struct Artwork(pub(super) ArtworkId);

/// A picture of an artist or album.
#[Object(directive = cache_control::apply(None, None, Some(true)))]
impl Artwork {
    /// The id: opaque, another one for each picture.
    async fn id(&self) -> ID {
        self.0.to_string().into()
    }

    /// Where to fetch it; it can be cached for ever.
    async fn url(&self, context: &Context<'_>) -> String {
        use_cases(context).find_artwork.url(self.0)
    }
}

/// How far a track has come on its way to listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum TrackState {
    /// It has no sound yet.
    Draft,
    /// Its sound has been uploaded and waits to be processed.
    Uploaded,
    /// Its sound is being processed.
    Processing,
    /// It sounds like another recording: an admin decides whether it can be published; see `review`.
    Held,
    /// An admin has decided that it cannot be published; `review` says why.
    Rejected,
    /// It can be published.
    Ready,
    /// Its upload could not be processed; `failureReason` says why.
    Failed,
    /// Anyone may stream it.
    Published,
}

impl From<&domain::track_state::TrackState> for TrackState {
    fn from(state: &domain::track_state::TrackState) -> Self {
        use domain::track_state::TrackState as S;
        match state {
            S::Draft => Self::Draft,
            S::Uploaded => Self::Uploaded,
            S::Processing { .. } => Self::Processing,
            S::Held { .. } => Self::Held,
            S::Rejected => Self::Rejected,
            S::Ready => Self::Ready,
            S::Failed { .. } => Self::Failed,
            S::Published => Self::Published,
        }
    }
}

impl TrackState {
    /// The name in the domain.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Uploaded => "UPLOADED",
            Self::Processing => "PROCESSING",
            Self::Held => "HELD",
            Self::Rejected => "REJECTED",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
            Self::Published => "PUBLISHED",
        }
    }
}

/// The order of a list of artists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(super) enum ArtistOrder {
    /// By name, whatever its case.
    #[default]
    Name,
    /// The latest made first.
    Newest,
}

impl From<ArtistOrder> for listing::Order {
    fn from(order: ArtistOrder) -> Self {
        match order {
            ArtistOrder::Name => Self::Name,
            ArtistOrder::Newest => Self::Newest,
        }
    }
}

/// The order of a list of albums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(super) enum AlbumOrder {
    /// By title, whatever its case.
    #[default]
    Title,
    /// The latest made first.
    Newest,
}

impl From<AlbumOrder> for listing::Order {
    fn from(order: AlbumOrder) -> Self {
        match order {
            AlbumOrder::Title => Self::Name,
            AlbumOrder::Newest => Self::Newest,
        }
    }
}

/// The order of a list of tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(super) enum TrackOrder {
    /// By title, whatever its case.
    #[default]
    Title,
    /// The latest made first.
    Newest,
    /// By disc and number; those without a number last on their disc.
    Position,
}

impl From<TrackOrder> for listing::Order {
    fn from(order: TrackOrder) -> Self {
        match order {
            TrackOrder::Title => Self::Name,
            TrackOrder::Newest => Self::Newest,
            TrackOrder::Position => Self::Position,
        }
    }
}
