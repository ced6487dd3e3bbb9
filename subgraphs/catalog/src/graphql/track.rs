//! The entity `Track`.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Page;
use kernel::events::MediaLogLine;
use platform::authenticated::authenticated;
use platform::cache_control::cache_control;
use platform::cost::list_size;
use platform::graphql::{connection, viewer};

use super::album::Album;
use super::artist::Artist;
use super::entity::{FRESH_SECS, Genre, TrackState, User};
use super::error::gone;
use super::loader;
use super::review::RecordingReview;
use super::sound::{Loudness, MusicalKey, Tempo};
use crate::application::listing::{Order, cursor};
use crate::domain;
use crate::domain::isrc::Isrc;

pub(super) type TrackConnection = Connection<String, Track, EmptyFields, EmptyFields>;

/// A recording.
pub(super) struct Track(pub(super) domain::track::Track);

/// A page of tracks as a connection.
pub(super) fn tracks(page: Page<domain::track::Track>, order: Order) -> TrackConnection {
    connection(page.map(Track), |track| cursor(order, &track.0))
}

/// A recording. Everybody knows of it once it is published, before only its owner.
#[Object(directive = cache_control::apply(Some(FRESH_SECS), None, None), requires_scopes = "catalog:read")]
impl Track {
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

    /// The album it is on.
    #[graphql(tag = "partner")]
    async fn album(&self, context: &Context<'_>) -> Result<Option<Album>, Error> {
        let Some(id) = self.0.album_id else { return Ok(None) };
        Ok(loader::load(context, id).await?.map(Album))
    }

    /// Its genres, the most fitting first.
    #[graphql(tag = "partner")]
    async fn genres(&self, context: &Context<'_>) -> Result<Vec<Genre>, Error> {
        Ok(loader::load_all(context, &self.0.genres).await?.into_iter().map(Genre).collect())
    }

    /// Its number on its disc.
    #[graphql(tag = "partner")]
    async fn track_number(&self) -> Option<u16> {
        self.0.track_number.map(domain::number::Number::get)
    }

    /// Its disc's number.
    #[graphql(tag = "partner")]
    async fn disc_number(&self) -> u16 {
        self.0.disc_number.get()
    }

    /// Its length in milliseconds, once it is processed.
    #[graphql(tag = "partner")]
    async fn duration_ms(&self) -> Option<u64> {
        self.0.sound.map(|sound| sound.duration_ms)
    }

    /// Its integrated loudness by EBU R128 in LUFS, once it is processed; null for silence.
    #[graphql(tag = "partner")]
    async fn loudness_lufs(&self) -> Option<f64> {
        self.0.sound.and_then(|sound| sound.loudness_lufs)
    }

    /// How loud it is, once it is processed.
    #[graphql(tag = "partner")]
    async fn loudness(&self) -> Option<Loudness> {
        self.0.sound.map(Loudness::from)
    }

    /// Its beat, once it is processed; null where none was found.
    #[graphql(tag = "partner")]
    async fn tempo(&self) -> Option<Tempo> {
        self.0.sound?.measures.tempo.map(Tempo::from)
    }

    /// Its key, once it is processed; null where none was found.
    #[graphql(tag = "partner")]
    async fn key(&self) -> Option<MusicalKey> {
        self.0.sound?.measures.key.map(MusicalKey::from)
    }

    /// Milliseconds before its first sound louder than -60 dB of full scale, once it is processed.
    #[graphql(tag = "partner")]
    async fn leading_silence_ms(&self) -> Option<u64> {
        self.0.sound.map(|sound| sound.measures.leading_silence_ms)
    }

    /// Milliseconds after its last such sound, once it is processed.
    #[graphql(tag = "partner")]
    async fn trailing_silence_ms(&self) -> Option<u64> {
        self.0.sound.map(|sound| sound.measures.trailing_silence_ms)
    }

    /// How far it has come on its way to listeners.
    async fn state(&self) -> TrackState {
        (&self.0.state).into()
    }

    /// Why its upload could not be processed, when it is FAILED.
    async fn failure_reason(&self) -> Option<&str> {
        failure_reason(&self.0)
    }

    /// What came of comparing its recording with those that are known, for its owner and for admins; null when it sounds like none of
    /// them, and for everybody else.
    #[graphql(directive = authenticated::apply())]
    async fn review(&self, context: &Context<'_>) -> Result<Option<RecordingReview>, Error> {
        let Some(upload) = self.0.upload.filter(|_| self.0.belongs_to(viewer(context))) else { return Ok(None) };
        Ok(loader::load(context, upload.id).await?.map(RecordingReview))
    }

    /// How the processing of its upload went, oldest line first, for its owner and for admins; null for everybody else.
    #[graphql(directive = authenticated::apply(), directive = list_size::apply(vec![], vec![], 6, false))]
    async fn processing_log(&self, context: &Context<'_>) -> Option<Vec<LogLine>> {
        let lines = || self.0.processing_log.iter().cloned().map(LogLine::from).collect();
        self.0.belongs_to(viewer(context)).then(lines)
    }

    /// Who uploaded its sound; null while nobody has.
    async fn uploaded_by(&self) -> Option<User> {
        self.0.upload.map(|upload| upload.uploader_id.into())
    }

    /// When it was made here.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was published, while it is.
    #[graphql(tag = "partner")]
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// Whether it is not for children.
    #[graphql(tag = "partner")]
    async fn explicit(&self) -> bool {
        self.0.explicit
    }

    /// Its International Standard Recording Code, without hyphens.
    #[graphql(tag = "partner")]
    async fn isrc(&self) -> Option<&str> {
        self.0.isrc.as_ref().map(Isrc::as_str)
    }
}

/// Why the track's upload could not be processed.
pub(super) fn failure_reason(track: &domain::track::Track) -> Option<&str> {
    match &track.state {
        domain::track_state::TrackState::Failed { reason } => Some(reason),
        _ => None,
    }
}

/// A line of a log.
#[derive(SimpleObject)]
struct LogLine {
    /// When.
    at: DateTime<Utc>,
    /// What happened, in a sentence.
    text: String,
}

impl From<MediaLogLine> for LogLine {
    fn from(MediaLogLine { at, text }: MediaLogLine) -> Self {
        Self { at, text }
    }
}
