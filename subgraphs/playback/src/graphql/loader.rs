//! Batches lookups: all tracks of one operation become one statement.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Error};
use kernel::PortError;
use kernel::id::TrackId;
use platform::data_loader::DataLoader;
use platform::graphql::graphql_error;

use crate::application::find_ladder::FindLadder;
use crate::domain::ladder::Ladder;

pub(super) struct LadderLoader {
    find_ladder: FindLadder,
}

impl LadderLoader {
    pub(super) const fn new(find_ladder: FindLadder) -> Self {
        Self { find_ladder }
    }
}

impl Loader<TrackId> for LadderLoader {
    type Value = Arc<Ladder>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[TrackId]) -> Result<HashMap<TrackId, Arc<Ladder>>, Self::Error> {
        Ok(self.find_ladder.by_tracks(keys).await?)
    }
}

/// The track's published ladder, if it has one.
pub(super) async fn load(context: &Context<'_>, track_id: TrackId) -> Result<Option<Arc<Ladder>>, Error> {
    context.data_unchecked::<DataLoader<LadderLoader>>().load_one(track_id).await.map_err(|error| graphql_error(&*error))
}
