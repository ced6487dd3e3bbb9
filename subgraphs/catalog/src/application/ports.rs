//! What this context needs from the outside. Files are kept in the platform's blob store, the bus is the platform's.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{AlbumId, ArtistId, ReviewId, TrackId, UploadId, UserId};
use kernel::loudness::LoudnessBin;
use kernel::{Event, PortError, Role, Viewer};
use uuid::Uuid;

use super::listing::Slice;
use crate::domain::album::Album;
use crate::domain::album_loudness::TrackLoudness;
use crate::domain::artist::Artist;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::genre::Genre;
use crate::domain::recording_review::{KnownRecording, RecordingReview, ReviewState};
use crate::domain::track::Track;
use crate::domain::upload::Upload;

/// The constraint of a [`PortError::Conflict`] over a name or title that is there already.
pub const DUPLICATE: &str = "duplicate";
/// The constraint of a [`PortError::Conflict`] with another change of the same thing.
pub const CHANGED: &str = "changed";

/// Which artists a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArtistFilter {
    /// Those of one owner.
    pub owner_id: Option<UserId>,
    /// Those whose name has this key.
    pub name: Option<String>,
    /// Those whose name's key contains this.
    pub name_contains: Option<String>,
}

/// Which albums a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlbumFilter {
    /// Those of one artist.
    pub artist_id: Option<ArtistId>,
    /// Those of one owner.
    pub owner_id: Option<UserId>,
    /// Those whose title has this key.
    pub title: Option<String>,
    /// Those whose title's key contains this.
    pub title_contains: Option<String>,
}

/// Whose eyes a list of tracks is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Published tracks only.
    #[default]
    Everybody,
    /// These, and all of one owner.
    Owner(UserId),
    /// All tracks.
    Admin,
}

impl Audience {
    /// What `viewer` is.
    pub fn of(viewer: &Viewer) -> Self {
        match viewer.session() {
            None => Self::Everybody,
            Some(session) if session.role == Role::Admin => Self::Admin,
            Some(session) => Self::Owner(session.user_id),
        }
    }
}

/// Which tracks a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackFilter {
    /// For whom.
    pub audience: Audience,
    /// Those of one artist.
    pub artist_id: Option<ArtistId>,
    /// Those on one album.
    pub album_id: Option<AlbumId>,
    /// Those of one owner.
    pub owner_id: Option<UserId>,
    /// Those of the genre with this slug.
    pub genre: Option<String>,
    /// Those in the state of this name.
    pub state: Option<&'static str>,
    /// Those whose title has this key.
    pub title: Option<String>,
    /// Those whose title's key contains this.
    pub title_contains: Option<String>,
}

/// What tracks are listed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parent {
    /// All of an artist.
    Artist(ArtistId),
    /// All of an album.
    Album(AlbumId),
}

/// Keeps artists. Every change is one transaction, with its events. A change of something whose `version` is not the stored
/// one, or that is gone, is `Conflict` with [`CHANGED`]; of several with one name and owner, one is kept, the others get
/// `Conflict` with [`DUPLICATE`].
#[async_trait]
pub trait ArtistRepository: Send + Sync + 'static {
    /// Adds an artist.
    async fn add(&self, artist: &Artist, events: &[Event]) -> Result<(), PortError>;

    /// Changes an artist.
    async fn save(&self, artist: &Artist, events: &[Event]) -> Result<(), PortError>;

    /// Removes an artist with these albums and tracks; their uploads are discarded. `Conflict` with [`CHANGED`] when it has
    /// others besides.
    async fn remove(&self, id: ArtistId, albums: &[AlbumId], tracks: &[TrackId], events: &[Event]) -> Result<(), PortError>;

    /// Those of `ids` that exist, in no order; one statement however many.
    async fn find(&self, ids: &[ArtistId]) -> Result<Vec<Artist>, PortError>;

    /// A slice of a list, in the slice's direction.
    async fn list(&self, filter: &ArtistFilter, slice: &Slice) -> Result<Vec<Artist>, PortError>;

    /// All artists of an owner.
    async fn ids_of(&self, owner: UserId) -> Result<Vec<ArtistId>, PortError>;
}

/// Keeps albums, under the same promises as [`ArtistRepository`]; a title is unique for its artist.
#[async_trait]
pub trait AlbumRepository: Send + Sync + 'static {
    /// Adds an album.
    async fn add(&self, album: &Album, events: &[Event]) -> Result<(), PortError>;

    /// Changes an album.
    async fn save(&self, album: &Album, events: &[Event]) -> Result<(), PortError>;

    /// Removes an album with these tracks; their uploads are discarded. `Conflict` with [`CHANGED`] when it has others besides.
    async fn remove(&self, id: AlbumId, tracks: &[TrackId], events: &[Event]) -> Result<(), PortError>;

    /// Those of `ids` that exist, in no order; one statement however many.
    async fn find(&self, ids: &[AlbumId]) -> Result<Vec<Album>, PortError>;

    /// A slice of a list, in the slice's direction.
    async fn list(&self, filter: &AlbumFilter, slice: &Slice) -> Result<Vec<Album>, PortError>;

    /// The same slice of each artist's albums; one statement however many artists.
    async fn list_by_artist(&self, artists: &[ArtistId], slice: &Slice) -> Result<HashMap<ArtistId, Vec<Album>>, PortError>;

    /// What of each album's published tracks counts for its loudness; two statements however many.
    async fn loudness(&self, albums: &[AlbumId]) -> Result<HashMap<AlbumId, Vec<TrackLoudness>>, PortError>;

    /// All albums of an artist.
    async fn ids_of(&self, artist: ArtistId) -> Result<Vec<AlbumId>, PortError>;
}

/// Keeps tracks, under the same promises as [`ArtistRepository`]; a title is unique for its artist on one place of one album.
#[async_trait]
pub trait TrackRepository: Send + Sync + 'static {
    /// Adds a track.
    async fn add(&self, track: &Track, events: &[Event]) -> Result<(), PortError>;

    /// Changes a track.
    async fn save(&self, track: &Track, events: &[Event]) -> Result<(), PortError>;

    /// Changes a track because of an event of another context, with what came of its recording; `false` when that event was
    /// acted on before, and nothing changed now. `Conflict` with [`CHANGED`] also when another recording became known since the
    /// comparison: of two that are the same and come at once, one is known to the other.
    async fn save_once(&self, track: &Track, cause: Uuid, processed: &Processed, events: &[Event]) -> Result<bool, PortError>;

    /// Removes a track; its uploads are discarded.
    async fn remove(&self, id: TrackId, events: &[Event]) -> Result<(), PortError>;

    /// Those of `ids` that exist, in no order; one statement however many.
    async fn find(&self, ids: &[TrackId]) -> Result<Vec<Track>, PortError>;

    /// A slice of a list, in the slice's direction; one statement.
    async fn list(&self, filter: &TrackFilter, slice: &Slice) -> Result<Vec<Track>, PortError>;

    /// The same slice of each parent's tracks; at most two statements however many parents.
    async fn list_by_parent(&self, parents: &[Parent], audience: Audience, slice: &Slice) -> Result<HashMap<Parent, Vec<Track>>, PortError>;

    /// All tracks of a parent.
    async fn ids_of(&self, parent: Parent) -> Result<Vec<TrackId>, PortError>;
}

/// What came of a recording besides its sound; nothing before it is processed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Processed {
    /// How loud its blocks are.
    pub loudness_blocks: Option<Vec<LoudnessBin>>,
    /// What came of comparing it; none when it tells too little.
    pub screened: Option<Screened>,
}

/// A recording that was compared with those that are known, before it is known itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Screened {
    /// Which.
    pub upload_id: UploadId,
    /// What it is known by from now on.
    pub fingerprint: Fingerprint,
    /// The index's [generation](FingerprintIndex::generation) before the comparison.
    pub generation: i64,
    /// The match that was found, if one was.
    pub review: Option<RecordingReview>,
}

/// A recording that may be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Whose.
    pub known: KnownRecording,
    /// What it is known by.
    pub fingerprint: Fingerprint,
}

/// Knows recordings by their fingerprints: that of each track's current upload, and those that were rejected, until the track is
/// deleted. It is written with the tracks, by [`TrackRepository::save_once`].
#[async_trait]
pub trait FingerprintIndex: Send + Sync + 'static {
    /// A number that grows with each recording that becomes known.
    async fn generation(&self) -> Result<i64, PortError>;

    /// Those that have most of `terms` in common, at most `limit`. However many recordings there are, a term is looked up among a
    /// bounded number: one that very many have in common is known of the first of them alone.
    async fn candidates(&self, terms: &[u32], limit: u64) -> Result<Vec<Candidate>, PortError>;

    /// Tracks behind `after`, in the order of their ids, whose current upload was processed and is not known, at most `limit`.
    async fn unknown(&self, after: Option<TrackId>, limit: u64) -> Result<Vec<(TrackId, UploadId)>, PortError>;

    /// A track's current upload is known from now on. Whether that is so: not when it was known, or another has taken its place.
    async fn make_known(&self, track_id: TrackId, upload_id: UploadId, fingerprint: &Fingerprint) -> Result<bool, PortError>;
}

/// A part of the queue of reviews, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewSlice {
    /// In which state.
    pub state: ReviewState,
    /// Where the part begins, exclusive.
    pub after: Option<Uuid>,
    /// Most rows.
    pub limit: u64,
    /// Whether it is read from the queue's end towards its beginning.
    pub backward: bool,
}

/// Keeps reviews; they are begun by [`TrackRepository::save_once`], withdrawn by [`UploadRepository::complete`], and go with their
/// track.
#[async_trait]
pub trait ReviewRepository: Send + Sync + 'static {
    /// The review, if there is one.
    async fn find(&self, id: ReviewId) -> Result<Option<RecordingReview>, PortError>;

    /// Those of these uploads, in no order; one statement however many.
    async fn of_uploads(&self, uploads: &[UploadId]) -> Result<Vec<RecordingReview>, PortError>;

    /// A part of the queue, in the part's direction.
    async fn list(&self, slice: &ReviewSlice) -> Result<Vec<RecordingReview>, PortError>;

    /// Keeps a decision with what it makes of the track, in one transaction with `events`. `Conflict` with [`CHANGED`] when the track
    /// is no longer as it was read, or gone.
    async fn decide(&self, review: &RecordingReview, track: &Track, events: &[Event]) -> Result<(), PortError>;
}

/// Knows the genres.
#[async_trait]
pub trait GenreRepository: Send + Sync + 'static {
    /// All of them by name.
    async fn all(&self) -> Result<Vec<Genre>, PortError>;
}

/// What an upload becomes when it is completed.
#[derive(Debug, Clone)]
pub enum Completion<'thing> {
    /// This track's sound.
    Track(&'thing Track),
    /// This artist's picture.
    Artist(&'thing Artist),
    /// This album's cover.
    Album(&'thing Album),
}

/// Keeps uploads. Every change is one transaction.
#[async_trait]
pub trait UploadRepository: Send + Sync + 'static {
    /// Adds an upload.
    async fn add(&self, upload: &Upload) -> Result<(), PortError>;

    /// The upload, if it is known.
    async fn find(&self, id: UploadId) -> Result<Option<Upload>, PortError>;

    /// Gives the right to receive the bytes until `lease_until`: to one caller at a time, and only while nothing has been received.
    /// Returns the attempt's number; none when somebody else has the right, or the upload is in no state for it.
    async fn claim(&self, id: UploadId, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<i32>, PortError>;

    /// Prolongs the right; `false` when it was lost.
    async fn renew(&self, id: UploadId, attempt: i32, lease_until: DateTime<Utc>) -> Result<bool, PortError>;

    /// The bytes have been received and verified; `false` when the right to was lost.
    async fn receive(&self, id: UploadId, attempt: i32) -> Result<bool, PortError>;

    /// Gives the right back: the upload can be tried again.
    async fn release(&self, id: UploadId, attempt: i32) -> Result<(), PortError>;

    /// A received upload becomes what it is for, together with `events`; what it replaces is discarded, and known no more unless it was
    /// rejected. `Conflict` with
    /// [`CHANGED`] when the upload is no longer merely received, or what it is for has changed.
    async fn complete(&self, upload: &Upload, completion: Completion<'_>, events: &[Event]) -> Result<(), PortError>;

    /// Discards what expired before `expired_before` and never was completed, unless its bytes are coming in at `now`.
    async fn discard_stale(&self, expired_before: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), PortError>;

    /// Some of the discarded ones.
    async fn discarded(&self, limit: u64) -> Result<Vec<Upload>, PortError>;

    /// All that somebody asked for, oldest first.
    async fn of_uploader(&self, uploader: UserId) -> Result<Vec<Upload>, PortError>;

    /// Somebody is gone: what they asked for and never completed is discarded, and what became something is nobody's from now on.
    async fn disown(&self, uploader: UserId) -> Result<(), PortError>;

    /// Forgets a discarded one whose bytes are gone.
    async fn forget(&self, id: UploadId) -> Result<(), PortError>;
}

/// Makes and recognises the secrets of upload addresses.
pub trait UploadTokens: Send + Sync + 'static {
    /// The secret for an upload that expires then; safe in an address. Nobody else can make it.
    fn issue(&self, id: UploadId, expires_at: DateTime<Utc>) -> String;

    /// Whether `token` is that secret; the time taken does not tell how nearly it is.
    fn verify(&self, token: &str, id: UploadId, expires_at: DateTime<Utc>) -> bool;
}
