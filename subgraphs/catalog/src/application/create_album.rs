//! An artist makes an album.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::AlbumCreated;
use kernel::id::ArtistId;
use kernel::{Clock, IdGenerator, Viewer};

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::AlbumRepository;
use crate::domain::album::Album;
use crate::domain::name::Name;
use crate::domain::release_date;

/// A wished-for album, unchecked.
#[derive(Debug, Clone)]
pub struct NewAlbum {
    /// Whose.
    pub artist_id: ArtistId,
    /// Its title.
    pub title: String,
    /// The day it came out.
    pub release_date: Option<String>,
}

/// Makes albums.
pub struct CreateAlbum {
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) look_up: LookUp,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl CreateAlbum {
    /// The album, once it is durable.
    pub async fn run(&self, viewer: &Viewer, wish: &NewAlbum) -> Result<Album, EditError> {
        let artist = self.look_up.own_artist(viewer, wish.artist_id, "artistId").await?;
        let album = Album {
            id: self.ids.next(),
            owner_id: artist.owner_id,
            artist_id: artist.id,
            title: Name::parse("title", &wish.title)?,
            release_date: wish.release_date.as_deref().map(release_date::parse).transpose()?,
            artwork_id: None,
            created_at: self.clock.now(),
            version: 0,
        };
        let created = AlbumCreated { album_id: album.id, artist_id: artist.id, title: album.title.as_str().to_owned() };
        self.albums.add(&album, &[self.events.wrap(&created)]).await.map_err(EditError::of("title"))?;
        Ok(album)
    }
}
