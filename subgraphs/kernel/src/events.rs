//! Every fact that crosses from one context to another. Adding a field is compatible when it has a default; anything
//! else is a new type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, EventPayload};
use crate::id::{AlbumId, ApiKeyId, ArtistId, GenreId, LadderId, TrackId, UploadId, UserId};

macro_rules! payload {
    ($name:ident, $kind:literal, $subject:ident) => {
        impl EventPayload for $name {
            const TYPE: &'static str = $kind;

            fn subject(&self) -> String {
                self.$subject.to_string()
            }
        }
    };
}

mod analysis;
mod embeddings;
mod mail;
mod person;
mod review;
mod taste_profile;
mod user;

pub use analysis::{Embedding, EmbeddingModel, Gapless, MediaAnalysis, Mode, MusicalKey, Tempo, finite, finite_if_any};
pub use embeddings::{EmbeddingsAccepted, EmbeddingsRebuildBegan, EmbeddingsRebuildRequested, MediaUnheard};
pub use mail::{MailQueued, MailRefused};
pub use person::{DataExportCollected, DataExportRequested, KEEPERS, PersonErased, UserDeleted};
pub use review::{TrackHeld, TrackReviewed};
pub use taste_profile::{TasteProfileCreated, TasteProfileFailed};
pub use user::{AccountMail, Audience, AudioQuality, MailMatter, MailRequested, PreferencesChanged, SessionEnded, UserRegistered};

/// A partner's key was used: what the gateway has counted since it last told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKeyUsed {
    /// Which key.
    pub key_id: ApiKeyId,
    /// The day in UTC, `2026-01-31`.
    pub day: chrono::NaiveDate,
    /// When it was last used of these times.
    pub last_used_at: chrono::DateTime<chrono::Utc>,
    /// By operation.
    pub operations: Vec<OperationUse>,
}
payload!(ApiKeyUsed, "api_key.used", key_id);

/// How often one operation was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperationUse {
    /// The name the client gave it; empty when it gave none.
    pub operation: String,
    /// How often it was let in.
    pub requests: u64,
    /// How often it was refused because a quota was used up.
    pub refused: u64,
    /// Units of the quota it used.
    pub cost: u64,
}

/// An artist profile exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtistCreated {
    /// Which.
    pub artist_id: ArtistId,
    /// Who may edit it.
    pub owner_id: UserId,
    /// Its name.
    pub name: String,
}
payload!(ArtistCreated, "artist.created", artist_id);

/// An artist profile was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtistUpdated {
    /// Which.
    pub artist_id: ArtistId,
    /// Its name now.
    pub name: String,
}
payload!(ArtistUpdated, "artist.updated", artist_id);

/// An artist profile is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtistDeleted {
    /// Which.
    pub artist_id: ArtistId,
}
payload!(ArtistDeleted, "artist.deleted", artist_id);

/// An album exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlbumCreated {
    /// Which.
    pub album_id: AlbumId,
    /// Whose.
    pub artist_id: ArtistId,
    /// Its title.
    pub title: String,
}
payload!(AlbumCreated, "album.created", album_id);

/// An album was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlbumUpdated {
    /// Which.
    pub album_id: AlbumId,
    /// Its title now.
    pub title: String,
}
payload!(AlbumUpdated, "album.updated", album_id);

/// An album is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlbumDeleted {
    /// Which.
    pub album_id: AlbumId,
}
payload!(AlbumDeleted, "album.deleted", album_id);

/// A track exists, as a draft without sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackCreated {
    /// Which.
    pub track_id: TrackId,
    /// Whose.
    pub artist_id: ArtistId,
    /// On which album, if any.
    pub album_id: Option<AlbumId>,
    /// Who may edit it.
    pub owner_id: UserId,
    /// Its title.
    pub title: String,
}
payload!(TrackCreated, "track.created", track_id);

/// Whose a track is, and which genres its owner calls it by: told when it is made, and when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackLabelled {
    /// Which.
    pub track_id: TrackId,
    /// Who may edit it.
    pub owner_id: UserId,
    /// Its genres, the most fitting first.
    pub genre_ids: Vec<GenreId>,
}
payload!(TrackLabelled, "track.labelled", track_id);

/// A track's source file lies in the blob store, its size and hash verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackUploaded {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload; a later upload of the same track replaces it.
    pub upload_id: UploadId,
    /// Who uploaded it.
    pub uploader_id: UserId,
    /// Where it lies in the blob store.
    pub blob: String,
    /// The name the uploader's file had.
    pub file_name: String,
    /// The media type the uploader declared (`audio/flac`).
    pub media_type: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}
payload!(TrackUploaded, "track.uploaded", track_id);

/// Anyone may stream the track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackPublished {
    /// Which.
    pub track_id: TrackId,
    /// The upload whose ladder is published.
    pub upload_id: UploadId,
}
payload!(TrackPublished, "track.published", track_id);

/// Nobody may stream the track any more; it still exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackUnpublished {
    /// Which.
    pub track_id: TrackId,
}
payload!(TrackUnpublished, "track.unpublished", track_id);

/// The track is gone, and so is every right to its sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackDeleted {
    /// Which.
    pub track_id: TrackId,
}
payload!(TrackDeleted, "track.deleted", track_id);

/// The media worker has come this far with an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaProgressed {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// 0 to 100, never falling within an attempt.
    pub percent: u8,
    /// Seconds until it is done, estimated from the speed so far; none before there is one.
    #[serde(default)]
    pub remaining_secs: Option<u32>,
}
payload!(MediaProgressed, "media.progressed", track_id);

/// One encoded variant of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rendition {
    /// Its folder under the ladder, for example `aac-320`.
    pub name: String,
    /// RFC 6381 codec string, for example `mp4a.40.2`.
    pub codecs: String,
    /// Peak bits per second over any segment (HLS `BANDWIDTH`).
    pub bandwidth_bps: u32,
    /// Average bits per second (HLS `AVERAGE-BANDWIDTH`).
    pub average_bandwidth_bps: u32,
}

/// The whole of a track in one file, to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Download {
    /// The file in the ladder's folder `downloads`, for example `mp3-320.mp3`.
    pub file: String,
    /// The name to save it under, by the tags of the source: `Artist - Title.mp3`.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Bits per second.
    pub bitrate_bps: u32,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// An upload became a ladder: everything lies in the blob store under `prefix`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MediaCompleted {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// The ladder; a new one each time a track is processed.
    pub ladder_id: LadderId,
    /// The blob store folder with `master.m3u8` (multivariant), `waveform.json`, `waveform-detail.json`, `waveform.svg`, `spectrogram.png`, and one folder a rendition holding
    /// `index.m3u8`, `init.mp4` and `<n>.m4s`.
    pub prefix: String,
    /// Length of the sound in milliseconds, priming and padding excluded.
    pub duration_ms: u64,
    /// Sample rate of the ladder in hertz.
    pub sample_rate_hz: u32,
    /// Channels of the ladder: 1 or 2.
    pub channels: u8,
    /// Integrated loudness by EBU R128 in LUFS; none for silence, whose loudness is minus infinity.
    pub loudness_lufs: Option<f64>,
    /// True peak by EBU R128 in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// All variants, lowest bandwidth first.
    pub renditions: Vec<Rendition>,
    /// Lossless variants, which have a multivariant playlist of their own, `lossless.m3u8`; lowest bandwidth first, none unless the
    /// source is lossless.
    #[serde(default)]
    pub lossless: Vec<Rendition>,
    /// Whether there are DASH manifests too: `manifest.mpd`, and `lossless.mpd` when there are lossless variants.
    #[serde(default)]
    pub dash: bool,
    /// Files to download, in the folder `downloads`.
    #[serde(default)]
    pub downloads: Vec<Download>,
    /// What happened on the way, for the person who uploaded it; oldest first.
    #[serde(default)]
    pub log: Vec<MediaLogLine>,
    /// What else was measured.
    #[serde(default)]
    pub analysis: MediaAnalysis,
}
payload!(MediaCompleted, "media.completed", track_id);

/// An upload that was processed before was heard once more, by another model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MediaEmbedded {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// In which space its vector lies.
    pub model: EmbeddingModel,
    /// Its vector, of length 1; none where the model hears nothing.
    #[serde(default, deserialize_with = "finite_if_any")]
    pub vector: Option<Vec<f32>>,
}
payload!(MediaEmbedded, "media.embedded", track_id);

/// A line of the log of an upload's processing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaLogLine {
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// What happened, in a sentence; no internals.
    pub text: String,
}

/// Why an upload could not become a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MediaFailure {
    /// No audio was found in the file.
    NotAudio,
    /// The file ends before its own header says, or is damaged inside.
    Damaged,
    /// Longer, larger or hungrier than the limits allow.
    TooLarge,
    /// Nothing to hear: the file holds no samples.
    Empty,
    /// Our side failed again and again.
    Internal,
}

/// An upload cannot become a ladder; trying again with the same file will not help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaFailed {
    /// Of which track.
    pub track_id: TrackId,
    /// Which upload.
    pub upload_id: UploadId,
    /// The kind of failure.
    pub failure: MediaFailure,
    /// A sentence for the person who uploaded it.
    pub reason: String,
    /// What happened on the way, for the person who uploaded it; oldest first.
    #[serde(default)]
    pub log: Vec<MediaLogLine>,
}
payload!(MediaFailed, "media.failed", track_id);

/// The JSON schemas of all event types by type, and of the envelope under `envelope`: what `schema/events/` holds.
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    fn of<P: EventPayload>() -> (&'static str, schemars::Schema) {
        (P::TYPE, schemars::schema_for!(P))
    }
    vec![
        ("envelope", schemars::schema_for!(Event)),
        of::<UserRegistered>(),
        of::<MailRequested>(),
        of::<SessionEnded>(),
        of::<PreferencesChanged>(),
        of::<ApiKeyUsed>(),
        of::<TasteProfileCreated>(),
        of::<TasteProfileFailed>(),
        of::<MailQueued>(),
        of::<MailRefused>(),
        of::<DataExportRequested>(),
        of::<DataExportCollected>(),
        of::<UserDeleted>(),
        of::<PersonErased>(),
        of::<ArtistCreated>(),
        of::<ArtistUpdated>(),
        of::<ArtistDeleted>(),
        of::<AlbumCreated>(),
        of::<AlbumUpdated>(),
        of::<AlbumDeleted>(),
        of::<TrackCreated>(),
        of::<TrackLabelled>(),
        of::<TrackUploaded>(),
        of::<TrackPublished>(),
        of::<TrackUnpublished>(),
        of::<TrackDeleted>(),
        of::<TrackHeld>(),
        of::<TrackReviewed>(),
        of::<MediaProgressed>(),
        of::<MediaCompleted>(),
        of::<MediaFailed>(),
        of::<MediaEmbedded>(),
        of::<MediaUnheard>(),
        of::<EmbeddingsRebuildRequested>(),
        of::<EmbeddingsRebuildBegan>(),
        of::<EmbeddingsAccepted>(),
    ]
}
