//! What the media worker tells about an upload.

use kernel::event::EventDataError;
use kernel::events::{MediaCompleted, MediaFailed, MediaLogLine, MediaProgressed};
use kernel::id::{TrackId, UploadId};
use kernel::loudness::LoudnessBin;
use kernel::{Event, EventPayload};

use super::fingerprint::Fingerprint;
use super::sound::Sound;

/// The types of events that are reports.
pub const TYPES: &[&str] = &[MediaProgressed::TYPE, MediaCompleted::TYPE, MediaFailed::TYPE];

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaReport {
    /// On which track.
    pub track_id: TrackId,
    /// On which of its uploads.
    pub upload_id: UploadId,
    /// What it says.
    pub news: News,
    /// Seconds until it is done, by the worker's estimate; told with progress alone.
    pub remaining_secs: Option<u32>,
    /// What happened on the way; told at the end.
    pub log: Vec<MediaLogLine>,
    /// What the recording is known by; none before the end, and where it tells too little: silence, a steady tone, a few seconds.
    pub fingerprint: Option<Fingerprint>,
    /// How loud the recording's blocks are, at the end alone. Older workers did not count them.
    pub loudness_blocks: Option<Vec<LoudnessBin>>,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// So many per cent are done.
    Progressed(u8),
    /// Everything is done.
    Completed(Sound),
    /// It cannot be done, for this reason.
    Failed(String),
}

impl MediaReport {
    /// The report that `event` is, if it is one.
    pub fn of(event: &Event) -> Option<Result<Self, EventDataError>> {
        if let Some(payload) = event.payload::<MediaProgressed>() {
            return Some(payload.map(|it| Self {
                track_id: it.track_id,
                upload_id: it.upload_id,
                news: News::Progressed(it.percent.min(100)),
                remaining_secs: it.remaining_secs,
                log: Vec::new(),
                fingerprint: None,
                loudness_blocks: None,
            }));
        }
        if let Some(payload) = event.payload::<MediaCompleted>() {
            return Some(payload.map(|it| {
                let fingerprint = it.analysis.fingerprint.as_deref().and_then(Fingerprint::parse).filter(Fingerprint::is_telling);
                let loudness_blocks = Some(it.analysis.loudness_blocks.clone()).filter(|blocks| !blocks.is_empty() || it.loudness_lufs.is_none());
                let news = News::Completed(Sound::from(&it));
                Self { track_id: it.track_id, upload_id: it.upload_id, news, remaining_secs: None, log: it.log, fingerprint, loudness_blocks }
            }));
        }
        let payload = event.payload::<MediaFailed>()?;
        Some(payload.map(|it| Self {
            track_id: it.track_id,
            upload_id: it.upload_id,
            news: News::Failed(it.reason),
            remaining_secs: None,
            log: it.log,
            fingerprint: None,
            loudness_blocks: None,
        }))
    }

    /// Whether no other report on this upload is to be expected.
    pub const fn is_last(&self) -> bool {
        !matches!(self.news, News::Progressed(_))
    }
}
