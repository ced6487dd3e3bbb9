//! Reading.

use async_graphql::{Context, Error, ID, Object};
use kernel::id::{AlbumId, ArtistId, GenreId, TrackId};
use platform::authenticated::authenticated;
use platform::cache_control::cache_control;
use platform::graphql::{graphql_error, page_request, parse_id, viewer};

use super::album::{Album, AlbumConnection, albums};
use super::artist::{Artist, ArtistConnection, artists};
use super::entity::{AlbumOrder, ArtistOrder, FRESH_SECS, Genre, TrackOrder};
use super::object::{AlbumFilter, ArtistFilter, TrackFilter};
use super::review::{ReviewConnection, ReviewState, reviews};
use super::track::{Track, TrackConnection, tracks};
use super::{loader, use_cases};

pub(super) struct Query;

#[Object]
impl Query {
    /// An artist; null when there is none.
    #[graphql(tag = "partner")]
    async fn artist(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Artist>, Error> {
        Ok(loader::load(context, parse_id::<kernel::id::Artist>("id", &id)?).await?.map(Artist))
    }

    /// An album; null when there is none.
    #[graphql(tag = "partner")]
    async fn album(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Album>, Error> {
        Ok(loader::load(context, parse_id::<kernel::id::Album>("id", &id)?).await?.map(Album))
    }

    /// A track; null when there is none, or none that the viewer may know of.
    #[graphql(tag = "partner")]
    async fn track(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Track>, Error> {
        visible_track(context, parse_id("id", &id)?).await
    }

    /// All genres, by slug.
    #[graphql(tag = "partner")]
    async fn genres(&self, context: &Context<'_>) -> Result<Vec<Genre>, Error> {
        let genres = use_cases(context).look_up.all_genres().await.map_err(|error| graphql_error(&error))?;
        Ok(genres.into_iter().map(Genre).collect())
    }

    /// A list of artists.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    #[graphql(directive = cache_control::apply(Some(FRESH_SECS), None, None), tag = "partner")]
    async fn artists(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which; all when left out.")] filter: Option<ArtistFilter>,
        #[graphql(desc = "Their order; by default NAME.")] order: Option<ArtistOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<ArtistConnection, Error> {
        let (order, page) = (order.unwrap_or_default().into(), page_request(first, after, last, before)?);
        let query = filter.unwrap_or_default().try_into()?;
        let found = use_cases(context).list_catalog.artists(viewer(context), &query, order, &page).await;
        Ok(artists(found.map_err(|error| graphql_error(&error))?, order))
    }

    /// A list of albums.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    #[graphql(directive = cache_control::apply(Some(FRESH_SECS), None, None), tag = "partner")]
    async fn albums(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which; all when left out.")] filter: Option<AlbumFilter>,
        #[graphql(desc = "Their order; by default TITLE.")] order: Option<AlbumOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<AlbumConnection, Error> {
        let (order, page) = (order.unwrap_or_default().into(), page_request(first, after, last, before)?);
        let query = filter.unwrap_or_default().try_into()?;
        let found = use_cases(context).list_catalog.albums(viewer(context), &query, order, &page).await;
        Ok(albums(found.map_err(|error| graphql_error(&error))?, order))
    }

    /// A list of the tracks that the viewer may know of: published ones, and their own.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    #[graphql(directive = cache_control::apply(Some(FRESH_SECS), None, None), tag = "partner")]
    async fn tracks(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which; all when left out.")] filter: Option<TrackFilter>,
        #[graphql(desc = "Their order; by default TITLE.")] order: Option<TrackOrder>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<TrackConnection, Error> {
        let (order, page) = (order.unwrap_or_default().into(), page_request(first, after, last, before)?);
        let query = filter.unwrap_or_default().try_into()?;
        let found = use_cases(context).list_catalog.tracks(viewer(context), &query, order, &page).await;
        Ok(tracks(found.map_err(|error| graphql_error(&error))?, order))
    }

    /// Recordings that sound like others, the longest waiting first; for admins.
    #[graphql(directive = authenticated::apply())]
    async fn recording_reviews(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which state; by default PENDING.")] state: Option<ReviewState>,
        #[graphql(desc = "How many, from the beginning: 1 to 100, by default 20.")] first: Option<i32>,
        #[graphql(desc = "The cursor to begin behind.")] after: Option<String>,
        #[graphql(desc = "How many, from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor to end before.")] before: Option<String>,
    ) -> Result<ReviewConnection, Error> {
        let page = page_request(first, after, last, before)?;
        let found = use_cases(context).list_reviews.run(viewer(context), state.unwrap_or(ReviewState::Pending).into(), &page).await;
        Ok(reviews(found.map_err(|error| graphql_error(&error))?))
    }

    // A reference that is no id names nobody; an error would take the other references of the fetch with it.

    #[graphql(entity)]
    async fn find_artist_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<Artist>, Error> {
        let Ok(id) = id.parse::<ArtistId>() else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(Artist))
    }

    #[graphql(entity)]
    async fn find_album_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<Album>, Error> {
        let Ok(id) = id.parse::<AlbumId>() else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(Album))
    }

    #[graphql(entity)]
    async fn find_track_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<Track>, Error> {
        let Ok(id) = id.parse::<TrackId>() else { return Ok(None) };
        visible_track(context, id).await
    }

    #[graphql(entity)]
    async fn find_genre_by_id(&self, context: &Context<'_>, id: ID) -> Result<Option<Genre>, Error> {
        let Ok(id) = id.parse::<GenreId>() else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(Genre))
    }
}

async fn visible_track(context: &Context<'_>, id: TrackId) -> Result<Option<Track>, Error> {
    Ok(loader::load(context, id).await?.filter(|track| track.is_visible_to(viewer(context))).map(Track))
}
