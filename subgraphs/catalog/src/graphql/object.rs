//! Inputs and payloads.

use async_graphql::{Error, ID, InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Edit;
use kernel::id::AlbumId;
use platform::graphql::{edit, parse_id};
use platform::upload::Upload;

use super::entity::TrackState;
use crate::application::create_album::NewAlbum;
use crate::application::create_artist::NewArtist;
use crate::application::create_track::NewTrack;
use crate::application::issue_ticket::Ticket;
use crate::application::list_catalog::{AlbumQuery, ArtistQuery, TrackQuery};
use crate::application::request_artwork_upload::ArtworkUploadWish;
use crate::application::request_track_upload::TrackUploadWish;
use crate::application::update_album::AlbumEdit;
use crate::application::update_artist::ArtistEdit;
use crate::application::update_track::TrackEdit;
use crate::application::upload_artwork::SmallArtwork;

/// A new artist.
#[derive(InputObject)]
pub(super) struct CreateArtistInput {
    /// Its name: 1 to 200 characters; one of the viewer's artists has it, whatever its spelling.
    name: String,
    /// Words about it, at most 2000 characters.
    bio: Option<String>,
}

impl From<CreateArtistInput> for NewArtist {
    fn from(input: CreateArtistInput) -> Self {
        Self { name: input.name, bio: input.bio }
    }
}

/// A change of an artist. A field that is left out stays.
#[derive(InputObject)]
pub(super) struct UpdateArtistInput {
    /// Which artist.
    pub(super) id: ID,
    /// Its name: 1 to 200 characters.
    name: Option<String>,
    /// Words about it, at most 2000 characters; null or a blank text clears them.
    bio: MaybeUndefined<String>,
}

impl From<UpdateArtistInput> for ArtistEdit {
    fn from(input: UpdateArtistInput) -> Self {
        Self { name: input.name, bio: edit(input.bio) }
    }
}

/// A new album.
#[derive(InputObject)]
pub(super) struct CreateAlbumInput {
    /// Whose it is: an artist of the viewer's.
    artist_id: ID,
    /// Its title: 1 to 200 characters; one of the artist's albums has it, whatever its spelling.
    title: String,
    /// The day it came out, as YYYY-MM-DD.
    release_date: Option<String>,
}

impl TryFrom<CreateAlbumInput> for NewAlbum {
    type Error = Error;

    fn try_from(input: CreateAlbumInput) -> Result<Self, Error> {
        Ok(Self { artist_id: parse_id("artistId", &input.artist_id)?, title: input.title, release_date: input.release_date })
    }
}

/// A change of an album. A field that is left out stays.
#[derive(InputObject)]
pub(super) struct UpdateAlbumInput {
    /// Which album.
    pub(super) id: ID,
    /// Its title: 1 to 200 characters.
    title: Option<String>,
    /// The day it came out, as YYYY-MM-DD; null clears it.
    release_date: MaybeUndefined<String>,
}

impl From<UpdateAlbumInput> for AlbumEdit {
    fn from(input: UpdateAlbumInput) -> Self {
        Self { title: input.title, release_date: edit(input.release_date) }
    }
}

/// A new track, without sound yet.
#[derive(InputObject)]
pub(super) struct CreateTrackInput {
    /// Whose it is: an artist of the viewer's.
    artist_id: ID,
    /// The album it is on, of the same artist.
    album_id: Option<ID>,
    /// Its title: 1 to 200 characters. An artist cannot have it twice on one place of one album, whatever its spelling.
    title: String,
    /// Its number on its disc: 1 to 999.
    track_number: Option<i32>,
    /// Its disc's number: 1 to 999; by default 1.
    disc_number: Option<i32>,
    /// Slugs of its genres, at most 5, the most fitting first.
    genres: Option<Vec<String>>,
    /// Whether it is not for children; by default false.
    explicit: Option<bool>,
    /// Its International Standard Recording Code, with or without hyphens.
    isrc: Option<String>,
}

impl TryFrom<CreateTrackInput> for NewTrack {
    type Error = Error;

    fn try_from(input: CreateTrackInput) -> Result<Self, Error> {
        Ok(Self {
            artist_id: parse_id("artistId", &input.artist_id)?,
            album_id: input.album_id.map(|id| parse_id("albumId", &id)).transpose()?,
            title: input.title,
            track_number: input.track_number,
            disc_number: input.disc_number,
            genres: input.genres.unwrap_or_default(),
            explicit: input.explicit.unwrap_or_default(),
            isrc: input.isrc,
        })
    }
}

/// A change of what is said of a track. A field that is left out stays.
#[derive(InputObject)]
pub(super) struct UpdateTrackInput {
    /// Which track.
    pub(super) id: ID,
    /// The album it is on, of the same artist; null: none.
    album_id: MaybeUndefined<ID>,
    /// Its title: 1 to 200 characters.
    title: Option<String>,
    /// Its number on its disc: 1 to 999; null: none.
    track_number: MaybeUndefined<i32>,
    /// Its disc's number: 1 to 999.
    disc_number: Option<i32>,
    /// Slugs of its genres, at most 5, the most fitting first.
    genres: Option<Vec<String>>,
    /// Whether it is not for children.
    explicit: Option<bool>,
    /// Its International Standard Recording Code; null or a blank text: none.
    isrc: MaybeUndefined<String>,
}

impl TryFrom<UpdateTrackInput> for TrackEdit {
    type Error = Error;

    fn try_from(input: UpdateTrackInput) -> Result<Self, Error> {
        let album_id: Edit<AlbumId> = edit(input.album_id).try_map(|id| parse_id("albumId", &id).map(Some))?;
        Ok(Self {
            album_id,
            title: input.title,
            track_number: edit(input.track_number),
            disc_number: input.disc_number,
            genres: input.genres,
            explicit: input.explicit,
            isrc: edit(input.isrc),
        })
    }
}

/// What is said of a recording's file before it is sent.
#[derive(InputObject)]
pub(super) struct RequestTrackUploadInput {
    /// Whose sound it is to become.
    track_id: ID,
    /// The name the file has at home, without a path: at most 255 characters.
    file_name: String,
    /// Its media type, for example audio/flac.
    media_type: String,
    /// Its length in bytes.
    size_bytes: i64,
    /// Its SHA-256 in 64 hexadecimal digits.
    sha256: String,
}

impl TryFrom<RequestTrackUploadInput> for TrackUploadWish {
    type Error = Error;

    fn try_from(input: RequestTrackUploadInput) -> Result<Self, Error> {
        Ok(Self {
            track_id: parse_id("trackId", &input.track_id)?,
            file_name: input.file_name,
            media_type: input.media_type,
            size_bytes: input.size_bytes,
            sha256: input.sha256,
        })
    }
}

/// What is said of a picture's file before it is sent. Either an artist or an album is named.
#[derive(InputObject)]
pub(super) struct RequestArtworkUploadInput {
    /// The artist it is to show.
    artist_id: Option<ID>,
    /// The album it is to be the cover of.
    album_id: Option<ID>,
    /// image/jpeg, image/png or image/webp.
    media_type: String,
    /// Its length in bytes.
    size_bytes: i64,
    /// Its SHA-256 in 64 hexadecimal digits.
    sha256: String,
}

/// A small picture of an artist or an album: one of the two.
#[derive(InputObject)]
pub(super) struct UploadArtworkInput {
    /// The artist it is to show.
    artist_id: Option<ID>,
    /// The album it is to be the cover of.
    album_id: Option<ID>,
    /// The picture: image/jpeg, image/png or image/webp.
    file: Upload,
}

impl TryFrom<UploadArtworkInput> for SmallArtwork {
    type Error = Error;

    fn try_from(input: UploadArtworkInput) -> Result<Self, Error> {
        Ok(Self {
            artist_id: input.artist_id.map(|id| parse_id("artistId", &id)).transpose()?,
            album_id: input.album_id.map(|id| parse_id("albumId", &id)).transpose()?,
            media_type: input.file.media_type,
            bytes: input.file.bytes,
        })
    }
}

impl TryFrom<RequestArtworkUploadInput> for ArtworkUploadWish {
    type Error = Error;

    fn try_from(input: RequestArtworkUploadInput) -> Result<Self, Error> {
        Ok(Self {
            artist_id: input.artist_id.map(|id| parse_id("artistId", &id)).transpose()?,
            album_id: input.album_id.map(|id| parse_id("albumId", &id)).transpose()?,
            media_type: input.media_type,
            size_bytes: input.size_bytes,
            sha256: input.sha256,
        })
    }
}

/// How to send a file: one HTTP request with its bytes as the body. Complete the upload afterwards.
#[derive(SimpleObject)]
pub(super) struct UploadTicket {
    /// The upload, to be completed once the file is sent.
    upload_id: ID,
    /// Where to send the bytes. Whoever knows the address may: keep it.
    url: String,
    /// With which HTTP method.
    method: &'static str,
    /// With which headers.
    headers: Vec<HttpHeader>,
    /// From when on the address is refused.
    expires_at: DateTime<Utc>,
}

/// A header of an HTTP request.
#[derive(SimpleObject)]
pub(super) struct HttpHeader {
    /// Its name.
    name: &'static str,
    /// Its value.
    value: String,
}

impl From<Ticket> for UploadTicket {
    fn from(ticket: Ticket) -> Self {
        Self {
            upload_id: ticket.upload_id.to_string().into(),
            url: ticket.url,
            method: ticket.method,
            headers: ticket.headers.into_iter().map(|(name, value)| HttpHeader { name, value }).collect(),
            expires_at: ticket.expires_at,
        }
    }
}

/// Which artists a list holds: those that keep all conditions.
#[derive(InputObject, Default)]
pub(super) struct ArtistFilter {
    /// Their whole name, in any spelling.
    name: Option<String>,
    /// A part of their name, in any spelling.
    name_contains: Option<String>,
    /// Their owner.
    #[graphql(tag = "personal")]
    owner_id: Option<ID>,
    /// Whether only the viewer's own.
    #[graphql(tag = "personal")]
    mine: Option<bool>,
}

impl TryFrom<ArtistFilter> for ArtistQuery {
    type Error = Error;

    fn try_from(filter: ArtistFilter) -> Result<Self, Error> {
        let owner_id = filter.owner_id.map(|id| parse_id("ownerId", &id)).transpose()?;
        Ok(Self { name: filter.name, name_contains: filter.name_contains, owner_id, mine: filter.mine.unwrap_or_default() })
    }
}

/// Which albums a list holds: those that keep all conditions.
#[derive(InputObject, Default)]
pub(super) struct AlbumFilter {
    /// Their artist.
    artist_id: Option<ID>,
    /// Their whole title, in any spelling.
    title: Option<String>,
    /// A part of their title, in any spelling.
    title_contains: Option<String>,
    /// Whether only the viewer's own.
    #[graphql(tag = "personal")]
    mine: Option<bool>,
}

impl TryFrom<AlbumFilter> for AlbumQuery {
    type Error = Error;

    fn try_from(filter: AlbumFilter) -> Result<Self, Error> {
        let artist_id = filter.artist_id.map(|id| parse_id("artistId", &id)).transpose()?;
        Ok(Self { artist_id, title: filter.title, title_contains: filter.title_contains, mine: filter.mine.unwrap_or_default() })
    }
}

/// Which tracks a list holds: those that keep all conditions.
#[derive(InputObject, Default)]
pub(super) struct TrackFilter {
    /// Their artist.
    artist_id: Option<ID>,
    /// Their album.
    album_id: Option<ID>,
    /// The slug of one of their genres.
    genre: Option<String>,
    /// Their state. Those that are not published are the viewer's own.
    #[graphql(tag = "personal")]
    state: Option<TrackState>,
    /// Their whole title, in any spelling.
    title: Option<String>,
    /// A part of their title, in any spelling.
    title_contains: Option<String>,
    /// Whether only the viewer's own.
    #[graphql(tag = "personal")]
    mine: Option<bool>,
}

impl TryFrom<TrackFilter> for TrackQuery {
    type Error = Error;

    fn try_from(filter: TrackFilter) -> Result<Self, Error> {
        Ok(Self {
            artist_id: filter.artist_id.map(|id| parse_id("artistId", &id)).transpose()?,
            album_id: filter.album_id.map(|id| parse_id("albumId", &id)).transpose()?,
            genre: filter.genre,
            state: filter.state.map(TrackState::name),
            title: filter.title,
            title_contains: filter.title_contains,
            mine: filter.mine.unwrap_or_default(),
        })
    }
}
