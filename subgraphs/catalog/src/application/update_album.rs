//! An album is edited.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::AlbumUpdated;
use kernel::id::AlbumId;
use kernel::{Edit, Viewer};

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::AlbumRepository;
use crate::domain::album::Album;
use crate::domain::name::Name;
use crate::domain::release_date;

/// A wished-for change, unchecked.
#[derive(Debug, Clone, Default)]
pub struct AlbumEdit {
    /// Its title.
    pub title: Option<String>,
    /// The day it came out.
    pub release_date: Edit<String>,
}

/// Edits albums.
pub struct UpdateAlbum {
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) look_up: LookUp,
    pub(super) events: EventFactory,
}

impl UpdateAlbum {
    /// The album afterwards.
    pub async fn run(&self, viewer: &Viewer, id: AlbumId, edit: AlbumEdit) -> Result<Album, EditError> {
        let mut album = self.look_up.own_album(viewer, id, "id").await?;
        if let Some(title) = &edit.title {
            album.title = Name::parse("title", title)?;
        }
        edit.release_date.try_map(|text| release_date::parse(&text).map(Some))?.apply(&mut album.release_date);
        let updated = AlbumUpdated { album_id: id, title: album.title.as_str().to_owned() };
        self.albums.save(&album, &[self.events.wrap(&updated)]).await.map_err(EditError::of("title"))?;
        Ok(album)
    }
}
