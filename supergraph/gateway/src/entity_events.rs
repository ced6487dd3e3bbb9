//! Events that name an entity: what is kept of it is forgotten.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::events::{
    AlbumCreated, AlbumDeleted, AlbumUpdated, ArtistCreated, ArtistDeleted, ArtistUpdated, MediaCompleted, TrackCreated, TrackDeleted, TrackPublished,
    TrackUnpublished, TrackUploaded, UserDeleted, UserRegistered,
};
use kernel::{Event, EventPayload as _};
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

impl Gateway {
    /// Events after which entities are not what they were.
    pub const ENTITY_EVENTS: &'static [&'static str] = &[
        ArtistCreated::TYPE,
        ArtistUpdated::TYPE,
        ArtistDeleted::TYPE,
        AlbumCreated::TYPE,
        AlbumUpdated::TYPE,
        AlbumDeleted::TYPE,
        TrackCreated::TYPE,
        TrackUploaded::TYPE,
        TrackPublished::TYPE,
        TrackUnpublished::TYPE,
        TrackDeleted::TYPE,
        MediaCompleted::TYPE,
        UserRegistered::TYPE,
        UserDeleted::TYPE,
    ];

    /// Forgets what is kept of the entities that `events` name, as subject or in their data, until stopped. An event that is missed
    /// costs freshness only, and no longer than the entity's hint allows.
    pub async fn follow(self, mut events: BoxStream<'static, Event>, stop: CancellationToken) {
        while let Some(Some(event)) = stop.run_until_cancelled(events.next()).await {
            self.forget(&event.subject).await;
            for id in ids(&event.data).filter(|id| *id != event.subject) {
                self.forget(id).await;
            }
        }
    }
}

/// The texts at the top of an event's data that could be ids: those with an underscore, which all ids have and few names.
fn ids(data: &serde_json::Value) -> impl Iterator<Item = &str> {
    data.as_object()
        .into_iter()
        .flat_map(|fields| fields.values())
        .filter_map(serde_json::Value::as_str)
        .filter(|text| text.contains('_') && !text.contains(' '))
}
