//! The entity `Artist`.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use kernel::Page;
use platform::cache_control::cache_control;
use platform::graphql::{connection, graphql_error, page_request, viewer};

use super::album::Album;
use super::entity::{AlbumOrder, Artwork, FRESH_SECS, TrackOrder, User};
use super::loader::{self, AlbumsOf, TracksOf};
use super::track::Track;
use crate::application::listing::{Order, Slice, cursor};
use crate::application::ports::{Audience, Parent};
use crate::domain;
use crate::domain::bio::Bio;

pub(super) type ArtistConnection = Connection<String, Artist, EmptyFields, EmptyFields>;

/// A performer.
pub(super) struct Artist(pub(super) domain::artist::Artist);

/// A page of artists as a connection.
pub(super) fn artists(page: Page<domain::artist::Artist>, order: Order) -> ArtistConnection {
    connection(page.map(Artist), |artist| cursor(order, &artist.0))
}

/// A performer.
#[Object(directive = cache_control::apply(Some(FRESH_SECS), None, None), requires_scopes = "catalog:read")]
impl Artist {
    /// The id: opaque, never reused.
    #[graphql(tag = "partner")]
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its name.
    #[graphql(tag = "partner")]
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Words about it.
    #[graphql(tag = "partner")]
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_ref().map(Bio::as_str)
    }

    /// Who may edit it.
    async fn owner(&self) -> User {
        self.0.owner_id.into()
    }

    /// Its picture.
    #[graphql(tag = "partner")]
    async fn artwork(&self) -> Option<Artwork> {
        self.0.artwork_id.map(Artwork)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Its albums.
    #[graphql(tag = "partner")]
    async fn albums(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their order; by default TITLE.")] order: Option<AlbumOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<Connection<String, Album, EmptyFields, EmptyFields>, Error> {
        let order = order.unwrap_or_default().into();
        let slice = Slice::of(order, &page_request(first, after, last, before)?).map_err(|error| graphql_error(&error))?;
        let page = loader::load(context, AlbumsOf { artist: self.0.id, slice }).await?;
        Ok(super::album::albums(page.unwrap_or(Page { items: Vec::new(), has_next: false, has_previous: false }), order))
    }

    /// Its tracks that the viewer may know of.
    #[graphql(tag = "partner")]
    async fn tracks(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their order; by default TITLE.")] order: Option<TrackOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<Connection<String, Track, EmptyFields, EmptyFields>, Error> {
        let order = order.unwrap_or_default().into();
        let slice = Slice::of(order, &page_request(first, after, last, before)?).map_err(|error| graphql_error(&error))?;
        let key = TracksOf { parent: Parent::Artist(self.0.id), audience: Audience::of(viewer(context)), slice };
        let page = loader::load(context, key).await?;
        Ok(super::track::tracks(page.unwrap_or(Page { items: Vec::new(), has_next: false, has_previous: false }), order))
    }
}
