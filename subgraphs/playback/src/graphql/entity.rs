//! The entity `Track`, as far as playback knows it.

use async_graphql::{Context, Error, ID, Object};
use kernel::Scope;
use kernel::id::TrackId;
use platform::authenticated::authenticated;
use platform::cost::list_size;
use platform::graphql::{graphql_error, viewer};

use super::object::{Download, Stream, Waveform};
use super::{loader, use_cases};
use crate::domain::waveform::Points;

pub(super) struct Query;

#[Object]
impl Query {
    /// A recording; none for what is no track's id.
    #[graphql(entity)]
    async fn track_by_id(&self, #[graphql(desc = "The track.")] id: ID) -> Option<Track> {
        id.parse().ok().map(|id: TrackId| Track { id })
    }
}

/// A recording.
struct Track {
    id: TrackId,
}

/// A recording.
#[Object]
impl Track {
    /// The id: opaque, never reused.
    async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// A fresh address for a player; null while the track is not published. Ask for it when playing begins: it is short-lived.
    #[graphql(requires_scopes = "playback:stream", tag = "partner")]
    async fn stream(&self, context: &Context<'_>) -> Result<Option<Stream>, Error> {
        let viewer = viewer(context);
        // Before the lookup: nobody in particular learns nothing.
        viewer.require_scope(Scope::PlaybackStream).map_err(|error| graphql_error(&error))?;
        let Some(ladder) = loader::load(context, self.id).await? else { return Ok(None) };
        let issued = use_cases(context).issue_stream.run(viewer, &ladder).map_err(|error| graphql_error(&error))?;
        Ok(Some(Stream { issued, ladder }))
    }

    /// Files to keep, best first; none while the track is not published, or where this service makes none. Ask when somebody wants one:
    /// the addresses are short-lived.
    #[graphql(directive = authenticated::apply(), directive = list_size::apply(vec![], vec![], 2, false))]
    async fn downloads(&self, context: &Context<'_>) -> Result<Vec<Download>, Error> {
        let viewer = viewer(context);
        viewer.require_session().map_err(|error| graphql_error(&error))?;
        let Some(ladder) = loader::load(context, self.id).await? else { return Ok(Vec::new()) };
        let issued = use_cases(context).issue_downloads.run(viewer, &ladder).map_err(|error| graphql_error(&error))?;
        Ok(issued.into_iter().map(Download::from).collect())
    }

    /// Peaks to draw; null while the track is not published.
    #[graphql(tag = "partner")]
    async fn waveform(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Most points wanted, 1 to 2000.", default = 800)] points: i32,
    ) -> Result<Option<Waveform>, Error> {
        // Before the lookup: a wrong argument is wrong of every track.
        let points = Points::parse(points).map_err(|error| graphql_error(&error))?;
        let Some(ladder) = loader::load(context, self.id).await? else { return Ok(None) };
        let waveform = use_cases(context).read_waveform.run(&ladder, points).await.map_err(|error| graphql_error(&error))?;
        Ok(Some(waveform.into()))
    }
}
