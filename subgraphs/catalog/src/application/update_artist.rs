//! An artist's profile is edited.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::ArtistUpdated;
use kernel::id::ArtistId;
use kernel::{Edit, Viewer};

use super::edit_error::EditError;
use super::look_up::LookUp;
use super::ports::ArtistRepository;
use crate::domain::artist::Artist;
use crate::domain::bio::Bio;
use crate::domain::name::Name;

/// A wished-for change, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ArtistEdit {
    /// Its name.
    pub name: Option<String>,
    /// Words about it.
    pub bio: Edit<String>,
}

/// Edits artists.
pub struct UpdateArtist {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) look_up: LookUp,
    pub(super) events: EventFactory,
}

impl UpdateArtist {
    /// The artist afterwards.
    pub async fn run(&self, viewer: &Viewer, id: ArtistId, edit: ArtistEdit) -> Result<Artist, EditError> {
        let mut artist = self.look_up.own_artist(viewer, id, "id").await?;
        if let Some(name) = &edit.name {
            artist.name = Name::parse("name", name)?;
        }
        edit.bio.try_map(|text| Bio::parse(&text))?.apply(&mut artist.bio);
        let updated = ArtistUpdated { artist_id: id, name: artist.name.as_str().to_owned() };
        self.artists.save(&artist, &[self.events.wrap(&updated)]).await.map_err(EditError::of("name"))?;
        Ok(artist)
    }
}
