//! Lists artists, albums and tracks, page by page.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::id::{AlbumId, ArtistId, UserId};
use kernel::viewer::AccessError;
use kernel::{InvalidField, Page, PageRequest, PortError, Viewer};

use super::listing::{Order, Slice};
use super::ports::{AlbumFilter, AlbumRepository, ArtistFilter, ArtistRepository, Audience, Parent, TrackFilter, TrackRepository};
use crate::domain::album::Album;
use crate::domain::artist::Artist;
use crate::domain::name::{MAX_LENGTH, search_key};
use crate::domain::track::Track;

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The filter or the page makes no sense.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// `mine` of nobody.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A port failed.
    #[error("the catalog cannot be read")]
    Port(#[from] PortError),
}

/// Which artists are wanted, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ArtistQuery {
    /// The whole name in any spelling.
    pub name: Option<String>,
    /// A part of the name in any spelling.
    pub name_contains: Option<String>,
    /// Of one owner.
    pub owner_id: Option<UserId>,
    /// The viewer's own.
    pub mine: bool,
}

/// Which albums are wanted, unchecked.
#[derive(Debug, Clone, Default)]
pub struct AlbumQuery {
    /// The whole title in any spelling.
    pub title: Option<String>,
    /// A part of the title in any spelling.
    pub title_contains: Option<String>,
    /// Of one artist.
    pub artist_id: Option<ArtistId>,
    /// The viewer's own.
    pub mine: bool,
}

/// Which tracks are wanted, unchecked.
#[derive(Debug, Clone, Default)]
pub struct TrackQuery {
    /// The whole title in any spelling.
    pub title: Option<String>,
    /// A part of the title in any spelling.
    pub title_contains: Option<String>,
    /// Of one artist.
    pub artist_id: Option<ArtistId>,
    /// On one album.
    pub album_id: Option<AlbumId>,
    /// Of the genre with this slug.
    pub genre: Option<String>,
    /// In the state of this name.
    pub state: Option<&'static str>,
    /// The viewer's own.
    pub mine: bool,
}

/// Lists things.
#[derive(Clone)]
pub struct ListCatalog {
    pub(super) artists: Arc<dyn ArtistRepository>,
    pub(super) albums: Arc<dyn AlbumRepository>,
    pub(super) tracks: Arc<dyn TrackRepository>,
}

impl ListCatalog {
    /// A page of artists.
    pub async fn artists(&self, viewer: &Viewer, query: &ArtistQuery, order: Order, page: &PageRequest) -> Result<Page<Artist>, ListError> {
        if query.mine && query.owner_id.is_some() {
            return Err(InvalidField::new("ownerId", "cannot be combined with mine").into());
        }
        let filter = ArtistFilter {
            owner_id: own(viewer, query.mine)?.or(query.owner_id),
            name: key("name", query.name.as_deref())?,
            name_contains: key("nameContains", query.name_contains.as_deref())?,
        };
        let slice = Slice::of(order, page)?;
        Ok(slice.page(self.artists.list(&filter, &slice).await?))
    }

    /// A page of albums.
    pub async fn albums(&self, viewer: &Viewer, query: &AlbumQuery, order: Order, page: &PageRequest) -> Result<Page<Album>, ListError> {
        let filter = AlbumFilter {
            artist_id: query.artist_id,
            owner_id: own(viewer, query.mine)?,
            title: key("title", query.title.as_deref())?,
            title_contains: key("titleContains", query.title_contains.as_deref())?,
        };
        let slice = Slice::of(order, page)?;
        Ok(slice.page(self.albums.list(&filter, &slice).await?))
    }

    /// A page of those tracks that `viewer` may know of.
    pub async fn tracks(&self, viewer: &Viewer, query: &TrackQuery, order: Order, page: &PageRequest) -> Result<Page<Track>, ListError> {
        let filter = TrackFilter {
            audience: Audience::of(viewer),
            artist_id: query.artist_id,
            album_id: query.album_id,
            owner_id: own(viewer, query.mine)?,
            genre: query.genre.clone(),
            state: query.state,
            title: key("title", query.title.as_deref())?,
            title_contains: key("titleContains", query.title_contains.as_deref())?,
        };
        let slice = Slice::of(order, page)?;
        Ok(slice.page(self.tracks.list(&filter, &slice).await?))
    }

    /// The same page of each artist's albums.
    pub async fn albums_by_artist(&self, artists: &[ArtistId], slice: &Slice) -> Result<HashMap<ArtistId, Page<Album>>, PortError> {
        let mut rows = self.albums.list_by_artist(artists, slice).await?;
        Ok(artists.iter().map(|artist| (*artist, slice.page(rows.remove(artist).unwrap_or_default()))).collect())
    }

    /// The same page of each parent's tracks.
    pub async fn tracks_by_parent(&self, parents: &[Parent], audience: Audience, slice: &Slice) -> Result<HashMap<Parent, Page<Track>>, PortError> {
        let mut rows = self.tracks.list_by_parent(parents, audience, slice).await?;
        Ok(parents.iter().map(|parent| (*parent, slice.page(rows.remove(parent).unwrap_or_default()))).collect())
    }
}

fn own(viewer: &Viewer, mine: bool) -> Result<Option<UserId>, AccessError> {
    if mine { viewer.require_session().map(|session| Some(session.user_id)) } else { Ok(None) }
}

/// The key to look for; none for a blank text.
fn key(field: &'static str, text: Option<&str>) -> Result<Option<String>, InvalidField> {
    let Some(text) = text else { return Ok(None) };
    if text.trim().chars().nth(MAX_LENGTH).is_some() {
        return Err(InvalidField::new(field, format!("must not have more than {MAX_LENGTH} characters")));
    }
    Ok(Some(search_key(text)).filter(|key| !key.is_empty()))
}
