//! The entity `Album`.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use kernel::Page;
use platform::cache_control::cache_control;
use platform::graphql::{connection, graphql_error, page_request, viewer};

use super::artist::Artist;
use super::entity::{Artwork, FRESH_SECS, TrackOrder};
use super::error::gone;
use super::loader::{self, LoudnessOf, TracksOf};
use super::sound::AlbumLoudness;
use super::track::Track;
use crate::application::listing::{Order, Slice, cursor};
use crate::application::ports::{Audience, Parent};
use crate::domain;

pub(super) type AlbumConnection = Connection<String, Album, EmptyFields, EmptyFields>;

/// A release.
pub(super) struct Album(pub(super) domain::album::Album);

/// A page of albums as a connection.
pub(super) fn albums(page: Page<domain::album::Album>, order: Order) -> AlbumConnection {
    connection(page.map(Album), |album| cursor(order, &album.0))
}

/// A release.
#[Object(directive = cache_control::apply(Some(FRESH_SECS), None, None), requires_scopes = "catalog:read")]
impl Album {
    /// The id: opaque, never reused.
    #[graphql(tag = "partner")]
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Its title.
    #[graphql(tag = "partner")]
    async fn title(&self) -> &str {
        self.0.title.as_str()
    }

    /// Whose it is.
    #[graphql(tag = "partner")]
    async fn artist(&self, context: &Context<'_>) -> Result<Artist, Error> {
        loader::load(context, self.0.artist_id).await?.map(Artist).ok_or_else(|| gone("artist"))
    }

    /// The day it came out, as YYYY-MM-DD.
    #[graphql(tag = "partner")]
    async fn release_date(&self) -> Option<String> {
        self.0.release_date.map(|date| date.to_string())
    }

    /// Its cover.
    #[graphql(tag = "partner")]
    async fn artwork(&self) -> Option<Artwork> {
        self.0.artwork_id.map(Artwork)
    }

    /// How loud its published tracks are together; null while there are none, or one was processed before that was measured.
    #[graphql(tag = "partner")]
    async fn loudness(&self, context: &Context<'_>) -> Result<Option<AlbumLoudness>, Error> {
        Ok(loader::load(context, LoudnessOf(self.0.id)).await?.map(AlbumLoudness::from))
    }

    /// When it was made here.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Its tracks that the viewer may know of.
    #[graphql(tag = "partner")]
    async fn tracks(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their order; by default POSITION.")] order: Option<TrackOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<Connection<String, Track, EmptyFields, EmptyFields>, Error> {
        let order = order.unwrap_or(TrackOrder::Position).into();
        let slice = Slice::of(order, &page_request(first, after, last, before)?).map_err(|error| graphql_error(&error))?;
        let key = TracksOf { parent: Parent::Album(self.0.id), audience: Audience::of(viewer(context)), slice };
        let page = loader::load(context, key).await?;
        Ok(super::track::tracks(page.unwrap_or(Page { items: Vec::new(), has_next: false, has_previous: false }), order))
    }
}
