//! Finds or makes the place of a recording in the catalog. What is there already is found by its name, in any spelling, among
//! the importer's own; so a second run makes nothing twice.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::client::{Client, ClientError};
use super::cover::Cover;
use super::genre::Genres;
use super::tags::Recording;
use super::upload;

/// Places found so far: albums share an artist, tracks an album.
pub(crate) struct Places<'c> {
    client: &'c Client,
    genres: Genres,
    // Held while making one, so that two files of a new album do not both make it.
    artists: Mutex<HashMap<String, String>>,
    albums: Mutex<HashMap<(String, String), Album>>,
    covers: Mutex<Covers>,
}

/// What became of covers.
#[derive(Debug, Default)]
pub(crate) struct Covers {
    /// Albums that have one now.
    pub(crate) added: usize,
    /// Album titles and why their covers were not taken.
    pub(crate) refused: Vec<(String, String)>,
}

/// A track as the importer needs to know it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Track {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) failure_reason: Option<String>,
    album: Option<Named>,
    track_number: Option<u32>,
    disc_number: Option<u32>,
}

/// What [`Track`] is read from.
pub(crate) const TRACK: &str = "id state failureReason album { id } trackNumber discNumber";

impl Track {
    /// Whether it has no sound that could be processed.
    pub(crate) fn lacks_sound(&self) -> bool {
        matches!(self.state.as_str(), "DRAFT" | "FAILED")
    }

    /// Whether its sound is on its way.
    pub(crate) fn is_processed_now(&self) -> bool {
        matches!(self.state.as_str(), "UPLOADED" | "PROCESSING")
    }

    fn is_at(&self, album: Option<&str>, recording: &Recording) -> bool {
        self.album.as_ref().map(|album| album.id.as_str()) == album
            && self.track_number == recording.track_number
            && self.disc_number.unwrap_or(1) == recording.disc_number.unwrap_or(1)
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Album {
    id: String,
    artwork: Option<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl<'c> Places<'c> {
    /// None found yet.
    pub(crate) async fn new(client: &'c Client) -> Result<Self, ClientError> {
        let genres = Genres::fetch(client).await?;
        Ok(Self { client, genres, artists: Mutex::default(), albums: Mutex::default(), covers: Mutex::default() })
    }

    /// What became of covers so far.
    pub(crate) fn into_covers(self) -> Covers {
        self.covers.into_inner()
    }

    /// The recording's track, made when there is none.
    pub(crate) async fn track(&self, recording: &Recording) -> Result<Track, ClientError> {
        let artist = self.artist(&recording.artist).await?;
        let album = match &recording.album {
            Some(title) => Some(self.album(&artist, title, recording).await?),
            None => None,
        };
        if let Some(track) = self.find_track(&artist, album.as_deref(), recording).await? {
            return Ok(track);
        }
        match self.make_track(&artist, album.as_deref(), recording).await {
            // Made meanwhile: by another run, or by a request of ours whose answer was lost.
            Err(error) if error.is("CONFLICT") => self.find_track(&artist, album.as_deref(), recording).await?.ok_or(error),
            made => made,
        }
    }

    /// The track as it is now.
    pub(crate) async fn look(&self, track_id: &str) -> Result<Track, ClientError> {
        let document = format!("query ImportLook($id: ID!) {{ track(id: $id) {{ {TRACK} }} }}");
        self.client.run(&document, "track", json!({ "id": track_id })).await
    }

    async fn make_track(&self, artist: &str, album: Option<&str>, recording: &Recording) -> Result<Track, ClientError> {
        let Recording { title, track_number, isrc, genres, .. } = recording;
        let genres = self.genres.slugs(genres);
        let mut input = json!({ "artistId": artist, "albumId": album, "title": title, "trackNumber": track_number, "isrc": isrc, "genres": genres });
        if let Some(disc) = recording.disc_number {
            input["discNumber"] = disc.into();
        }
        let document = format!("mutation ImportTrack($input: CreateTrackInput!) {{ createTrack(input: $input) {{ {TRACK} }} }}");
        self.client.run(&document, "createTrack", json!({ "input": input })).await
    }

    async fn find_track(&self, artist: &str, album: Option<&str>, recording: &Recording) -> Result<Option<Track>, ClientError> {
        let document = format!(
            "query ImportFindTrack($filter: TrackFilter!, $after: String) {{
                tracks(filter: $filter, first: 100, after: $after) {{ nodes {{ {TRACK} }} pageInfo {{ hasNextPage endCursor }} }}
            }}"
        );
        let filter = json!({ "artistId": artist, "albumId": album, "title": recording.title, "mine": true });
        let mut after = None;
        loop {
            let page: Connection<Track> = self.client.run(&document, "tracks", json!({ "filter": filter, "after": after })).await?;
            if let Some(track) = page.nodes.into_iter().find(|track| track.is_at(album, recording)) {
                return Ok(Some(track));
            }
            if !page.page_info.has_next_page {
                return Ok(None);
            }
            after = page.page_info.end_cursor;
        }
    }

    async fn artist(&self, name: &str) -> Result<String, ClientError> {
        let mut known = self.artists.lock().await;
        if let Some(id) = known.get(name) {
            return Ok(id.clone());
        }
        let find = "query ImportFindArtist($name: String!) {
            artists(filter: { name: $name, mine: true }, first: 1) { nodes { id } pageInfo { hasNextPage endCursor } }
        }";
        let make = "mutation ImportArtist($input: CreateArtistInput!) { createArtist(input: $input) { id } }";
        let made = json!({ "input": { "name": name } });
        let artist: Named = self.find_or_make((find, "artists", json!({ "name": name })), (make, "createArtist", made)).await?;
        known.insert(name.to_owned(), artist.id.clone());
        Ok(artist.id)
    }

    async fn album(&self, artist: &str, title: &str, recording: &Recording) -> Result<String, ClientError> {
        let mut known = self.albums.lock().await;
        let key = (artist.to_owned(), title.to_owned());
        let mut album = match known.get(&key) {
            Some(album) => album.clone(),
            None => self.find_album(artist, title, recording).await?,
        };
        if album.artwork.is_none() {
            album.artwork = self.cover(&album, title, &recording.path).await;
        }
        let id = album.id.clone();
        known.insert(key, album);
        Ok(id)
    }

    async fn find_album(&self, artist: &str, title: &str, recording: &Recording) -> Result<Album, ClientError> {
        let find = "query ImportFindAlbum($artist: ID!, $title: String!) {
            albums(filter: { artistId: $artist, title: $title, mine: true }, first: 1) { nodes { id artwork { id } } pageInfo { hasNextPage endCursor } }
        }";
        let make = "mutation ImportAlbum($input: CreateAlbumInput!) { createAlbum(input: $input) { id artwork { id } } }";
        let made = json!({ "input": { "artistId": artist, "title": title, "releaseDate": recording.release_date } });
        self.find_or_make((find, "albums", json!({ "artist": artist, "title": title })), (make, "createAlbum", made)).await
    }

    /// Gives the album the recording's cover, if it has one. An album does without when its cover is refused, and its tracks too.
    async fn cover(&self, album: &Album, title: &str, recording: &Path) -> Option<Named> {
        let path = recording.to_owned();
        let cover = tokio::task::spawn_blocking(move || Cover::find(&path)).await.ok()??;
        let sent = upload::send_cover(self.client, &album.id, cover).await;
        let mut covers = self.covers.lock().await;
        match sent {
            Ok(()) => covers.added += 1,
            Err(error) => covers.refused.push((title.to_owned(), super::told(&error))),
        }
        // Refused or not: the album's next recording need not try again.
        Some(Named { id: String::new() })
    }

    async fn find_or_make<T>(&self, find: (&str, &str, Value), make: (&str, &str, Value)) -> Result<T, ClientError>
    where
        T: serde::de::DeserializeOwned,
    {
        let (document, root, variables) = find;
        let found = async || {
            let page: Connection<T> = self.client.run(document, root, variables.clone()).await?;
            Ok::<_, ClientError>(page.nodes.into_iter().next())
        };
        if let Some(found) = found().await? {
            return Ok(found);
        }
        match self.client.run(make.0, make.1, make.2).await {
            // Made meanwhile: by another run, or by a request of ours whose answer was lost.
            Err(error) if error.is("CONFLICT") => found().await?.ok_or(error),
            made => made,
        }
    }
}
