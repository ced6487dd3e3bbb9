//! What is pushed.

use async_graphql::{Context, Error, ID, Object, Subscription as Live};
use futures::{Stream, StreamExt as _};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, parse_id, viewer};

use super::entity::TrackState;
use super::track::{Track, failure_reason};
use super::use_cases;
use crate::application::follow_track::FollowedTrack;

pub(super) struct Subscription;

#[Live]
impl Subscription {
    /// How the processing of the viewer's track goes: first as it is, then each change, until it is READY, FAILED or PUBLISHED.
    #[graphql(directive = authenticated::apply())]
    async fn track_processing(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which track.")] track_id: ID,
    ) -> Result<impl Stream<Item = Result<TrackProcessing, Error>> + use<>, Error> {
        let id = parse_id("trackId", &track_id)?;
        let changes = use_cases(context).follow_track.run(viewer(context), id).await.map_err(|error| graphql_error(&error))?;
        Ok(changes.map(|change| change.map(TrackProcessing).map_err(|error| graphql_error(&error))))
    }
}

/// How the processing of a track goes.
struct TrackProcessing(FollowedTrack);

/// How the processing of a track goes.
#[Object]
impl TrackProcessing {
    /// The track.
    async fn track(&self) -> Track {
        Track((*self.0.track).clone())
    }

    /// How much is done: 0 to 100, never falling while one upload is processed.
    async fn percent(&self) -> u8 {
        self.0.track.state.percent()
    }

    /// Seconds until it is done, estimated from the speed so far; null while there is nothing to go by, and when it is over.
    async fn remaining_secs(&self) -> Option<u32> {
        self.0.remaining_secs
    }

    /// How far the track has come.
    async fn state(&self) -> TrackState {
        (&self.0.track.state).into()
    }

    /// Why it could not be processed, when it is FAILED.
    async fn failure_reason(&self) -> Option<&str> {
        failure_reason(&self.0.track)
    }
}
