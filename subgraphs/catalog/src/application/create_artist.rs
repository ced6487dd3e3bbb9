//! A person publishes under a name.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::ArtistCreated;
use kernel::{Clock, IdGenerator, Role, Viewer};

use super::edit_error::EditError;
use super::ports::ArtistRepository;
use crate::domain::artist::Artist;
use crate::domain::bio::Bio;
use crate::domain::name::Name;

/// A wished-for artist, unchecked.
#[derive(Debug, Clone, Default)]
pub struct NewArtist {
    /// Its name.
    pub name: String,
    /// Words about it.
    pub bio: Option<String>,
}

/// Makes artists of the viewer's own.
pub struct CreateArtist {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl CreateArtist {
    /// The artist, once it is durable.
    pub async fn run(&self, viewer: &Viewer, wish: &NewArtist) -> Result<Artist, EditError> {
        let session = viewer.require_session()?;
        if session.role == Role::User {
            return Err(EditError::NotAnArtist);
        }
        let artist = Artist {
            id: self.ids.next(),
            owner_id: session.user_id,
            name: Name::parse("name", &wish.name)?,
            bio: wish.bio.as_deref().map(Bio::parse).transpose()?.flatten(),
            artwork_id: None,
            created_at: self.clock.now(),
            version: 0,
        };
        let created = ArtistCreated { artist_id: artist.id, owner_id: artist.owner_id, name: artist.name.as_str().to_owned() };
        self.artists.add(&artist, &[self.events.wrap(&created)]).await.map_err(EditError::of("name"))?;
        Ok(artist)
    }
}
