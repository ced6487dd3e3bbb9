//! The entity `Track`, as far as likeness goes.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use kernel::id::TrackId;
use platform::cache_control::cache_control;
use platform::cost::{cost, list_size};
use platform::graphql::graphql_error;

use super::use_cases;
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
