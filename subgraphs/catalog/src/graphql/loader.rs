//! Batches lookups: all references of one kind in an operation become one statement, and so do all pages of one kind.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Error};
use kernel::id::{AlbumId, ArtistId, GenreId, TrackId, UploadId};
use kernel::{Page, PortError};
use platform::data_loader::DataLoader;
use platform::graphql::graphql_error;

use crate::application::UseCases;
use crate::application::list_catalog::ListCatalog;
use crate::application::listing::Slice;
use crate::application::look_up::LookUp;
use crate::application::ports::{Audience, Parent};
use crate::domain::album::Album;
use crate::domain::album_loudness::AlbumLoudness;
use crate::domain::artist::Artist;
use crate::domain::genre::Genre;
use crate::domain::recording_review::RecordingReview;
use crate::domain::track::Track;

pub(super) struct CatalogLoader {
    look_up: LookUp,
    list_catalog: ListCatalog,
}

impl CatalogLoader {
    pub(super) fn new(use_cases: &UseCases) -> Self {
        Self { look_up: use_cases.look_up.clone(), list_catalog: use_cases.list_catalog.clone() }
    }
}

/// A page of an artist's albums.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct AlbumsOf {
    pub(super) artist: ArtistId,
    pub(super) slice: Slice,
}

/// A page of a parent's tracks, for somebody's eyes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TracksOf {
    pub(super) parent: Parent,
    pub(super) audience: Audience,
    pub(super) slice: Slice,
}

type Found<K, V> = Result<HashMap<K, V>, Arc<PortError>>;

impl Loader<ArtistId> for CatalogLoader {
    type Value = Artist;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[ArtistId]) -> Found<ArtistId, Artist> {
        Ok(self.look_up.artists(keys).await?.into_iter().map(|artist| (artist.id, artist)).collect())
    }
}

impl Loader<AlbumId> for CatalogLoader {
    type Value = Album;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[AlbumId]) -> Found<AlbumId, Album> {
        Ok(self.look_up.albums(keys).await?.into_iter().map(|album| (album.id, album)).collect())
    }
}

impl Loader<TrackId> for CatalogLoader {
    type Value = Track;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[TrackId]) -> Found<TrackId, Track> {
        Ok(self.look_up.tracks(keys).await?.into_iter().map(|track| (track.id, track)).collect())
    }
}

impl Loader<GenreId> for CatalogLoader {
    type Value = Genre;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[GenreId]) -> Found<GenreId, Genre> {
        Ok(self.look_up.genres(keys).await?.into_iter().map(|genre| (genre.id, genre)).collect())
    }
}

impl Loader<UploadId> for CatalogLoader {
    type Value = RecordingReview;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[UploadId]) -> Found<UploadId, RecordingReview> {
        Ok(self.look_up.reviews(keys).await?.into_iter().map(|review| (review.upload_id, review)).collect())
    }
}

/// How loud an album is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LoudnessOf(pub(super) AlbumId);

impl Loader<LoudnessOf> for CatalogLoader {
    type Value = AlbumLoudness;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[LoudnessOf]) -> Found<LoudnessOf, AlbumLoudness> {
        let albums: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(self.look_up.album_loudness(&albums).await?.into_iter().map(|(album, loudness)| (LoudnessOf(album), loudness)).collect())
    }
}

impl Loader<AlbumsOf> for CatalogLoader {
    type Value = Page<Album>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[AlbumsOf]) -> Found<AlbumsOf, Page<Album>> {
        // One group for each place in an operation that asks, however many artists are there.
        let mut groups: HashMap<&Slice, Vec<ArtistId>> = HashMap::new();
        for key in keys {
            groups.entry(&key.slice).or_default().push(key.artist);
        }
        let mut found = HashMap::new();
        for (slice, artists) in groups {
            let pages = self.list_catalog.albums_by_artist(&artists, slice).await?;
            found.extend(pages.into_iter().map(|(artist, page)| (AlbumsOf { artist, slice: slice.clone() }, page)));
        }
        Ok(found)
    }
}

impl Loader<TracksOf> for CatalogLoader {
    type Value = Page<Track>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[TracksOf]) -> Found<TracksOf, Page<Track>> {
        let mut groups: HashMap<(Audience, &Slice), Vec<Parent>> = HashMap::new();
        for key in keys {
            groups.entry((key.audience, &key.slice)).or_default().push(key.parent);
        }
        let mut found = HashMap::new();
        for ((audience, slice), parents) in groups {
            let pages = self.list_catalog.tracks_by_parent(&parents, audience, slice).await?;
            found.extend(pages.into_iter().map(|(parent, page)| (TracksOf { parent, audience, slice: slice.clone() }, page)));
        }
        Ok(found)
    }
}

/// The thing of that key, if there is one.
pub(super) async fn load<K>(context: &Context<'_>, key: K) -> Result<Option<<CatalogLoader as Loader<K>>::Value>, Error>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    CatalogLoader: Loader<K, Error = Arc<PortError>>,
{
    context.data_unchecked::<DataLoader<CatalogLoader>>().load_one(key).await.map_err(|error| graphql_error(&*error))
}

/// The things of those keys that there are, in their order.
pub(super) async fn load_all<K>(context: &Context<'_>, keys: &[K]) -> Result<Vec<<CatalogLoader as Loader<K>>::Value>, Error>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    CatalogLoader: Loader<K, Error = Arc<PortError>>,
{
    let loader = context.data_unchecked::<DataLoader<CatalogLoader>>();
    let mut found = loader.load_many(keys.iter().cloned()).await.map_err(|error| graphql_error(&*error))?;
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}
