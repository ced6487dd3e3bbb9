//! An artist goes, with everything it made.

use std::sync::Arc;

use kernel::Viewer;
use kernel::event::EventFactory;
use kernel::events::{AlbumDeleted, ArtistDeleted, TrackDeleted};
use kernel::id::ArtistId;

use super::discard_uploads::DiscardUploads;
use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::{AlbumRepository, ArtistRepository, Parent, TrackRepository};
use super::{ATTEMPTS, lost_race};

/// Removes artists.
#[derive(Clone)]
pub struct DeleteArtist {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
    pub(super) look_up: LookUp,
    pub(super) discard_uploads: DiscardUploads,
    pub(super) events: EventFactory,
}

impl DeleteArtist {
    /// Removes the artist, its albums, its tracks and their files.
    pub async fn run(&self, viewer: &Viewer, id: ArtistId) -> Result<(), EditError> {
        self.look_up.own_artist(viewer, id, "id").await?;
        self.remove_all(id).await?;
        self.discard_uploads.run_soon().await;
        Ok(())
    }

    /// The same for whoever may anyway; the files are left to be discarded.
    pub(super) async fn remove_all(&self, id: ArtistId) -> Result<(), EditError> {
        for attempt in 1..=ATTEMPTS {
            match self.remove(id).await {
                // Something was added meanwhile: it goes too.
                Err(error) if lost_race(&error, attempt) => {}
                other => {
                    other?;
                    break;
                }
            }
        }
        Ok(())
    }

    async fn remove(&self, id: ArtistId) -> Result<(), EditError> {
        let tracks = self.tracks.ids_of(Parent::Artist(id)).await.map_err(EditError::Port)?;
        let albums = self.albums.ids_of(id).await.map_err(EditError::Port)?;
        let mut events: Vec<_> = tracks.iter().map(|track_id| self.events.wrap(&TrackDeleted { track_id: *track_id })).collect();
        events.extend(albums.iter().map(|album_id| self.events.wrap(&AlbumDeleted { album_id: *album_id })));
        events.push(self.events.wrap(&ArtistDeleted { artist_id: id }));
        self.artists.remove(id, &albums, &tracks, &events).await.map_err(EditError::of("id"))
    }
}
