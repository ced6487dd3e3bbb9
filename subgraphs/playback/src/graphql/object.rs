//! What a player and a page need to know.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use kernel::events;
use platform::cache_control::cache_control;

use crate::application::issue_stream::IssuedStream;
use crate::domain;
use crate::domain::ladder::Ladder;
use crate::domain::media_file::PLAYLIST_TYPE;

/// How long peaks may be kept, in seconds: a track that is withdrawn shows none within so long.
const FRESH_SECS: i32 = 60;

/// A recording, ready for a player: HLS with several renditions of the same sound.
#[derive(SimpleObject)]
pub(super) struct Stream {
    /// The multivariant playlist. Signed: it works for this listener, this recording and a short while.
    url: String,
    /// When the address ends unless it is used: each request of a player prolongs it.
    expires_at: DateTime<Utc>,
    /// The media type of what is at the address.
    media_type: &'static str,
    /// Length in milliseconds.
    duration_ms: u64,
    /// The variants a player may choose from, lowest bandwidth first.
    renditions: Vec<Rendition>,
}

impl Stream {
    pub(super) fn new(issued: IssuedStream, ladder: Ladder) -> Self {
        Self {
            url: issued.url,
            expires_at: issued.expires_at,
            media_type: PLAYLIST_TYPE,
            duration_ms: ladder.duration_ms,
            renditions: ladder.renditions.into_iter().map(Rendition::from).collect(),
        }
    }
}

/// One encoded variant of a track.
#[derive(SimpleObject)]
struct Rendition {
    /// Its name, for example `aac-320`.
    name: String,
    /// What it is encoded with, as RFC 6381 writes it.
    codecs: String,
    /// Most bits per second over any segment.
    bandwidth_bps: u32,
    /// Bits per second on average.
    average_bandwidth_bps: u32,
}

impl From<events::Rendition> for Rendition {
    fn from(rendition: events::Rendition) -> Self {
        let events::Rendition { name, codecs, bandwidth_bps, average_bandwidth_bps } = rendition;
        Self { name, codecs, bandwidth_bps, average_bandwidth_bps }
    }
}

/// Peaks to draw a recording with, as audiowaveform's JSON format (version 2) has them.
#[derive(SimpleObject)]
#[graphql(directive = cache_control::apply(Some(FRESH_SECS), None, None))]
pub(super) struct Waveform {
    /// Samples a second of the recording.
    sample_rate_hz: u32,
    /// Samples each point stands for.
    samples_per_pixel: u32,
    /// Bits of a value: 8 means -128 to 127.
    bits: u8,
    /// The lowest and the highest sample of each point, by turns.
    data: Vec<i16>,
}

impl From<domain::waveform::Waveform> for Waveform {
    fn from(waveform: domain::waveform::Waveform) -> Self {
        let domain::waveform::Waveform { sample_rate, samples_per_pixel, bits, data } = waveform;
        Self { sample_rate_hz: sample_rate, samples_per_pixel, bits, data }
    }
}
