//! Which tracks can be streamed.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::PortError;
use kernel::id::TrackId;

use super::ports::LadderRepository;
use crate::domain::ladder::Ladder;

/// Finds published ladders.
#[derive(Clone)]
pub struct FindLadder {
    pub(super) ladders: Arc<dyn LadderRepository>,
}

impl FindLadder {
    /// The published ladder of each of `tracks` that has one; one statement however many.
    pub async fn by_tracks(&self, tracks: &[TrackId]) -> Result<HashMap<TrackId, Arc<Ladder>>, PortError> {
        Ok(self.ladders.streamable(tracks).await?.into_iter().map(|ladder| (ladder.track_id, Arc::new(ladder))).collect())
    }
}
