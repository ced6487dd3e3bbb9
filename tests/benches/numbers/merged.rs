//! What Polyphony's users, catalog and playback would be as one hand-written schema: the same use cases on the same tables, batched in the
//! same way, without a planner between. As much of it as the measured operations ask for.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::dataloader::Loader;
use async_graphql::{Context, EmptyMutation, EmptySubscription, Enum, Error, ID, Object, Schema, SimpleObject};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use catalog::application::list_catalog::TrackQuery;
use catalog::application::listing::{Order, Slice, cursor};
use catalog::application::ports::{Audience, Parent};
use catalog::domain::bio::Bio;
use chrono::{DateTime, Utc};
use gateway::{Authenticator as _, JwksAuthenticator, KeySource};
use jsonwebtoken::jwk::JwkSet;
use kernel::id::{AlbumId, ArtistId, TrackId, UserId};
use kernel::{Page, PortError, Viewer, events};
use platform::data_loader::DataLoader;
use platform::graphql::{connection, graphql_error, page_request, parse_id, viewer};
use platform::{Config, Platform};
use playback::application::UseCases as Playback;
use playback::application::issue_stream::IssuedStream;
use playback::domain::grant::Lifetimes;
use playback::domain::ladder::Ladder;
use playback::domain::media_file::{Listing, PLAYLIST_TYPE};
use playback::infrastructure::cached_prolongations::CachedProlongations;
use playback::infrastructure::hmac::HmacGrantTokens;
use playback::infrastructure::ladder_repository::SqlLadderRepository;
use users::application::ports::UserRepository;
use users::infrastructure::user_repository::SqlUserRepository;

use crate::child::listen;

type Merged = Schema<Query, EmptyMutation, EmptySubscription>;
type Tracks = Connection<String, Track, EmptyFields, EmptyFields>;
type Albums = Connection<String, Album, EmptyFields, EmptyFields>;

/// Serves it on the installation in `data`.
pub(crate) async fn serve(address: SocketAddr, data: &Path) {
    let mut config = Config::embedded(data).expect("the compiled configuration is sound");
    config.listen = address;
    let platform = Platform::open(config).await.expect("the platform opens");
    let keys = users::start(&platform).await.expect("users start").keys;
    let authenticator = Arc::new(JwksAuthenticator::new(Arc::new(Keys(keys)), platform.clock.clone()));
    let sources = Arc::new(Sources::open(&platform).await);
    let loader = DataLoader::new(Batches(sources.clone()));
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).data(sources).data(loader).finish();
    let router = axum::Router::new().route("/health/ready", get(|| async { "ready\n" })).route("/graphql", post(execute).with_state((schema, authenticator)));
    axum::serve(listen(address).await, router).await.expect("the server runs");
}

async fn execute(State((schema, authenticator)): State<(Merged, Arc<JwksAuthenticator>)>, headers: HeaderMap, request: GraphQLRequest) -> GraphQLResponse {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    let viewer = match token {
        Some(token) => authenticator.authenticate(token).await.expect("the token is valid").viewer,
        None => Viewer::Anonymous,
    };
    schema.execute(request.into_inner().data(viewer)).await.into()
}

struct Keys(Arc<users::SigningKeys>);

#[async_trait]
impl KeySource for Keys {
    async fn jwks(&self) -> Result<JwkSet, PortError> {
        self.0.jwks().await
    }
}

/// Where everything comes from.
struct Sources {
    catalog: catalog::application::UseCases,
    playback: Playback,
    users: SqlUserRepository,
}

impl Sources {
    async fn open(platform: &Platform) -> Self {
        let catalog_tables = platform.database::<catalog::infrastructure::migration::Migrator>("catalog").await.expect("the catalog opens");
        let users_tables = platform.database::<users::infrastructure::migration::Migrator>("users").await.expect("the users open");
        let playback_tables = platform.database::<playback::infrastructure::migration::Migrator>("playback").await.expect("the playback opens");
        let config = &platform.config.playback;
        Self {
            catalog: catalog::application::UseCases::new(&catalog::ports(platform, &catalog_tables)),
            playback: Playback::new(&playback::application::Ports {
                ladders: Arc::new(SqlLadderRepository::new(playback_tables)),
                prolongations: Arc::new(CachedProlongations::new(platform.cache.clone())),
                tokens: Arc::new(HmacGrantTokens::new(&platform.config.internal_secret)),
                blobs: platform.blobs.clone(),
                clock: platform.clock.clone(),
                ids: platform.ids.clone(),
                lifetimes: Lifetimes::from_secs(config.grant_secs, config.grant_max_secs),
                public_url: platform.config.public_url(),
            }),
            users: SqlUserRepository::new(users_tables),
        }
    }
}

fn sources<'ctx>(context: &Context<'ctx>) -> &'ctx Sources {
    context.data_unchecked::<Arc<Sources>>()
}

struct Batches(Arc<Sources>);

/// The ladder of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct LadderOf(TrackId);

/// A page of an artist's albums.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AlbumsOf(ArtistId, Slice);

/// A page of a parent's tracks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TracksOf(Parent, Audience, Slice);

type Found<K, V> = Result<HashMap<K, V>, Arc<PortError>>;

impl Loader<ArtistId> for Batches {
    type Value = catalog::domain::artist::Artist;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[ArtistId]) -> Found<ArtistId, Self::Value> {
        Ok(self.0.catalog.look_up.artists(keys).await?.into_iter().map(|artist| (artist.id, artist)).collect())
    }
}

impl Loader<AlbumId> for Batches {
    type Value = catalog::domain::album::Album;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[AlbumId]) -> Found<AlbumId, Self::Value> {
        Ok(self.0.catalog.look_up.albums(keys).await?.into_iter().map(|album| (album.id, album)).collect())
    }
}

impl Loader<TrackId> for Batches {
    type Value = catalog::domain::track::Track;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[TrackId]) -> Found<TrackId, Self::Value> {
        Ok(self.0.catalog.look_up.tracks(keys).await?.into_iter().map(|track| (track.id, track)).collect())
    }
}

impl Loader<UserId> for Batches {
    type Value = users::domain::user::User;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[UserId]) -> Found<UserId, Self::Value> {
        Ok(self.0.users.find(keys).await?.into_iter().map(|user| (user.id, user)).collect())
    }
}

impl Loader<LadderOf> for Batches {
    type Value = Arc<Ladder>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[LadderOf]) -> Found<LadderOf, Self::Value> {
        let tracks: Vec<_> = keys.iter().map(|key| key.0).collect();
        Ok(self.0.playback.find_ladder.by_tracks(&tracks).await?.into_iter().map(|(track, ladder)| (LadderOf(track), ladder)).collect())
    }
}

impl Loader<AlbumsOf> for Batches {
    type Value = Page<catalog::domain::album::Album>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[AlbumsOf]) -> Found<AlbumsOf, Self::Value> {
        let mut groups: HashMap<&Slice, Vec<ArtistId>> = HashMap::new();
        keys.iter().for_each(|AlbumsOf(artist, slice)| groups.entry(slice).or_default().push(*artist));
        let mut found = HashMap::new();
        for (slice, artists) in groups {
            let pages = self.0.catalog.list_catalog.albums_by_artist(&artists, slice).await?;
            found.extend(pages.into_iter().map(|(artist, page)| (AlbumsOf(artist, slice.clone()), page)));
        }
        Ok(found)
    }
}

impl Loader<TracksOf> for Batches {
    type Value = Page<catalog::domain::track::Track>;
    type Error = Arc<PortError>;

    async fn load(&self, keys: &[TracksOf]) -> Found<TracksOf, Self::Value> {
        let mut groups: HashMap<(Audience, &Slice), Vec<Parent>> = HashMap::new();
        keys.iter().for_each(|TracksOf(parent, audience, slice)| groups.entry((*audience, slice)).or_default().push(*parent));
        let mut found = HashMap::new();
        for ((audience, slice), parents) in groups {
            let pages = self.0.catalog.list_catalog.tracks_by_parent(&parents, audience, slice).await?;
            found.extend(pages.into_iter().map(|(parent, page)| (TracksOf(parent, audience, slice.clone()), page)));
        }
        Ok(found)
    }
}

async fn load<K>(context: &Context<'_>, key: K) -> Result<Option<<Batches as Loader<K>>::Value>, Error>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    Batches: Loader<K, Error = Arc<PortError>>,
{
    context.data_unchecked::<DataLoader<Batches>>().load_one(key).await.map_err(|error| graphql_error(&*error))
}

async fn tracks_of(context: &Context<'_>, parent: Parent, order: Order, first: Option<i32>) -> Result<Tracks, Error> {
    let slice = Slice::of(order, &page_request(first, None, None, None)?).map_err(|error| graphql_error(&error))?;
    let page = load(context, TracksOf(parent, Audience::of(viewer(context)), slice)).await?;
    Ok(connection(page.unwrap_or(Page { items: Vec::new(), has_next: false, has_previous: false }).map(Track), |track| cursor(order, &track.0)))
}

struct User(users::domain::user::User);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::Role")]
enum Role {
    User,
    Artist,
    Admin,
}

#[Object]
impl User {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn username(&self) -> &str {
        self.0.username.as_str()
    }

    async fn display_name(&self) -> &str {
        self.0.shown_name()
    }

    async fn role(&self) -> Role {
        self.0.role.into()
    }
}

struct Artist(catalog::domain::artist::Artist);

#[Object]
impl Artist {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_ref().map(Bio::as_str)
    }

    async fn owner(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        Ok(load(context, self.0.owner_id).await?.map(User))
    }

    async fn albums(&self, context: &Context<'_>, first: Option<i32>) -> Result<Albums, Error> {
        let slice = Slice::of(Order::Name, &page_request(first, None, None, None)?).map_err(|error| graphql_error(&error))?;
        let page = load(context, AlbumsOf(self.0.id, slice)).await?;
        Ok(connection(page.unwrap_or(Page { items: Vec::new(), has_next: false, has_previous: false }).map(Album), |album| cursor(Order::Name, &album.0)))
    }

    async fn tracks(&self, context: &Context<'_>, first: Option<i32>) -> Result<Tracks, Error> {
        tracks_of(context, Parent::Artist(self.0.id), Order::Name, first).await
    }
}

struct Album(catalog::domain::album::Album);

#[Object]
impl Album {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn title(&self) -> &str {
        self.0.title.as_str()
    }

    async fn artist(&self, context: &Context<'_>) -> Result<Option<Artist>, Error> {
        Ok(load(context, self.0.artist_id).await?.map(Artist))
    }

    async fn tracks(&self, context: &Context<'_>, first: Option<i32>) -> Result<Tracks, Error> {
        tracks_of(context, Parent::Album(self.0.id), Order::Position, first).await
    }
}

struct Track(catalog::domain::track::Track);

#[Object]
impl Track {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn title(&self) -> &str {
        self.0.title.as_str()
    }

    async fn duration_ms(&self) -> Option<u64> {
        self.0.sound.as_ref().map(|sound| sound.duration_ms)
    }

    async fn artist(&self, context: &Context<'_>) -> Result<Option<Artist>, Error> {
        Ok(load(context, self.0.artist_id).await?.map(Artist))
    }

    async fn album(&self, context: &Context<'_>) -> Result<Option<Album>, Error> {
        let Some(id) = self.0.album_id else { return Ok(None) };
        Ok(load(context, id).await?.map(Album))
    }

    async fn uploaded_by(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        Ok(load(context, self.0.owner_id).await?.map(User))
    }

    async fn stream(&self, context: &Context<'_>) -> Result<Option<Stream>, Error> {
        let Some(ladder) = load(context, LadderOf(self.0.id)).await? else { return Ok(None) };
        let issued = sources(context).playback.issue_stream.run(viewer(context), &ladder);
        let issued = issued.map_err(|error| Error::new(error.to_string()))?;
        Ok(Some(Stream { issued, ladder }))
    }
}

struct Stream {
    issued: IssuedStream,
    ladder: Arc<Ladder>,
}

#[Object]
impl Stream {
    async fn url(&self) -> String {
        self.issued.url(&self.ladder, Listing::Hls).unwrap_or_default()
    }

    async fn expires_at(&self) -> DateTime<Utc> {
        self.issued.expires_at
    }

    async fn media_type(&self) -> &'static str {
        PLAYLIST_TYPE
    }

    async fn renditions(&self) -> Vec<Rendition<'_>> {
        self.ladder.renditions.iter().map(Rendition::from).collect()
    }
}

#[derive(SimpleObject)]
struct Rendition<'l> {
    name: &'l str,
    codecs: &'l str,
    bandwidth_bps: u32,
}

impl<'l> From<&'l events::Rendition> for Rendition<'l> {
    fn from(rendition: &'l events::Rendition) -> Self {
        Self { name: &rendition.name, codecs: &rendition.codecs, bandwidth_bps: rendition.bandwidth_bps }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum TrackOrder {
    Title,
    Newest,
}

struct Query;

#[Object]
impl Query {
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<User>, Error> {
        let Some(id) = viewer(context).user_id() else { return Ok(None) };
        Ok(load(context, id).await?.map(User))
    }

    async fn track(&self, context: &Context<'_>, id: ID) -> Result<Option<Track>, Error> {
        let track: Option<catalog::domain::track::Track> = load(context, parse_id::<kernel::id::Track>("id", &id)?).await?;
        Ok(track.filter(|track| track.is_visible_to(viewer(context))).map(Track))
    }

    async fn artist(&self, context: &Context<'_>, id: ID) -> Result<Option<Artist>, Error> {
        Ok(load(context, parse_id::<kernel::id::Artist>("id", &id)?).await?.map(Artist))
    }

    async fn album(&self, context: &Context<'_>, id: ID) -> Result<Option<Album>, Error> {
        Ok(load(context, parse_id::<kernel::id::Album>("id", &id)?).await?.map(Album))
    }

    async fn tracks(&self, context: &Context<'_>, first: Option<i32>, order: Option<TrackOrder>) -> Result<Tracks, Error> {
        let order = if order == Some(TrackOrder::Newest) { Order::Newest } else { Order::Name };
        let page = page_request(first, None, None, None)?;
        let found = sources(context).catalog.list_catalog.tracks(viewer(context), &TrackQuery::default(), order, &page).await;
        Ok(connection(found.map_err(|error| Error::new(error.to_string()))?.map(Track), |track| cursor(order, &track.0)))
    }
}
