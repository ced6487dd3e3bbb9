//! The entity `Track`, as far as likeness goes.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use kernel::id::TrackId;
use platform::cache_control::{CacheControlScope, cache_control};
use platform::cost::{cost, list_size};
use platform::graphql::{graphql_error, viewer};

use super::object::Genre;
use super::use_cases;
use crate::domain::genre_vote;
use crate::domain::track_vector::Neighbour;

/// How long what is similar may be kept, in seconds: what is withdrawn is gone within so long.
const FRESH_SECS: i32 = 60;

/// A recording.
pub(super) struct Track {
    pub(super) id: TrackId,
}

/// A recording.
#[Object]
impl Track {
    /// The id: opaque, never reused.
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Genres that it may have, by what published recordings that sound like it are called, the surest first; for its owner, and null while
    /// too few of those are known.
    #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None), directive = cost::apply(20))]
    async fn suggested_genres(&self, context: &Context<'_>) -> Result<Option<Vec<SuggestedGenre>>, Error> {
        let suggested = use_cases(context).suggest_genres.run(viewer(context), self.id).await.map_err(|error| graphql_error(&error))?;
        Ok(suggested.map(|genres| genres.into_iter().map(SuggestedGenre::from).collect()))
    }

    /// Published recordings that sound like it, the most like first; none while it is not published itself.
    #[graphql(
        directive = cache_control::apply(Some(FRESH_SECS), None, None),
        directive = cost::apply(20),
        directive = list_size::apply(vec!["first".into()], vec![], 10, false),
        tag = "partner"
    )]
    async fn similar(&self, context: &Context<'_>, #[graphql(desc = "Most wanted, 1 to 50.", default = 10)] first: i32) -> Result<Vec<SimilarTrack>, Error> {
        let found = use_cases(context).find_similar.run(self.id, first).await.map_err(|error| graphql_error(&error))?;
        Ok(found.into_iter().map(SimilarTrack::from).collect())
    }
}

/// A recording that sounds like another.
#[derive(SimpleObject)]
#[graphql(tag = "partner")]
pub(super) struct SimilarTrack {
    /// Which.
    track: Track,
    /// How like it is: 1 is the same sound, 0 is nothing in common.
    similarity: f64,
}

impl From<Neighbour> for SimilarTrack {
    fn from(neighbour: Neighbour) -> Self {
        Self { track: Track { id: neighbour.track_id }, similarity: f64::from(neighbour.similarity) }
    }
}

/// A genre that a recording may have.
#[derive(SimpleObject)]
pub(super) struct SuggestedGenre {
    /// Which.
    genre: Genre,
    /// How sure it is: above 0, at most 1; all that were considered make 1.
    confidence: f64,
}

impl From<genre_vote::SuggestedGenre> for SuggestedGenre {
    fn from(genre: genre_vote::SuggestedGenre) -> Self {
        Self { genre: genre.genre_id.into(), confidence: genre.confidence }
    }
}
