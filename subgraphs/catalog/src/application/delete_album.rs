//! An album goes, with its tracks.

use std::sync::Arc;

use kernel::Viewer;
use kernel::event::EventFactory;
use kernel::events::{AlbumDeleted, TrackDeleted};
use kernel::id::AlbumId;

use super::discard_uploads::DiscardUploads;
use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::{AlbumRepository, Parent, TrackRepository};
use super::{ATTEMPTS, lost_race};

/// Removes albums.
pub struct DeleteAlbum {
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) look_up: LookUp,
    pub(super) discard_uploads: DiscardUploads,
    pub(super) events: EventFactory,
}

impl DeleteAlbum {
    /// Removes the album, its tracks and their files.
    pub async fn run(&self, viewer: &Viewer, id: AlbumId) -> Result<(), EditError> {
        self.look_up.own_album(viewer, id, "id").await?;
        for attempt in 1..=ATTEMPTS {
            match self.remove(id).await {
                // A track was added meanwhile: it goes too.
                Err(error) if lost_race(&error, attempt) => {}
                other => {
                    other?;
                    break;
                }
            }
        }
        self.discard_uploads.run_soon().await;
        Ok(())
    }

    async fn remove(&self, id: AlbumId) -> Result<(), EditError> {
        let tracks = self.tracks.ids_of(Parent::Album(id)).await.map_err(EditError::Port)?;
        let mut events: Vec<_> = tracks.iter().map(|track_id| self.events.wrap(&TrackDeleted { track_id: *track_id })).collect();
        events.push(self.events.wrap(&AlbumDeleted { album_id: id }));
        self.albums.remove(id, &tracks, &events).await.map_err(EditError::of("id"))
    }
}
