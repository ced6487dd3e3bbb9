//! What a player and a page need to know.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::events;
use platform::cache_control::cache_control;

use crate::application::issue_downloads::IssuedDownload;
use crate::application::issue_stream::IssuedStream;
use crate::domain;
use crate::domain::ladder::Ladder;
use crate::domain::media_file::{Listing, PLAYLIST_TYPE, Picture};

/// How long peaks may be kept, in seconds: a track that is withdrawn shows none within so long.
const FRESH_SECS: i32 = 60;

/// A recording and the addresses of its files, of which only those are written that somebody asks for.
pub(super) struct Stream {
    pub(super) issued: IssuedStream,
    pub(super) ladder: Arc<Ladder>,
}

impl Stream {
    fn address(&self, listing: Listing) -> Option<String> {
        self.issued.url(&self.ladder, listing)
    }
}

/// A recording, ready for a player: HLS or DASH with several renditions of the same sound.
#[Object]
impl Stream {
    /// The HLS multivariant playlist. Signed: it works for this recording and a short while.
    async fn url(&self) -> String {
        self.address(Listing::Hls).unwrap_or_default()
    }

    /// The DASH manifest of the same renditions, for players that have no HLS; null when the segments are encrypted.
    async fn dash_url(&self) -> Option<String> {
        self.address(Listing::Dash)
    }

    /// The same sound without loss; null unless it was uploaded so.
    async fn lossless(&self) -> Option<LosslessStream<'_>> {
        let url = self.address(Listing::LosslessHls)?;
        Some(LosslessStream { url, dash_url: self.address(Listing::LosslessDash), renditions: self.ladder.lossless.iter().map(Rendition::from).collect() })
    }

    /// When the addresses end unless one is used: each request of a player prolongs them all.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.issued.expires_at
    }

    /// The media type of what is at the address.
    async fn media_type(&self) -> &'static str {
        PLAYLIST_TYPE
    }

    /// Length in milliseconds.
    async fn duration_ms(&self) -> u64 {
        self.ladder.duration_ms
    }

    /// The variants a player may choose from, lowest bandwidth first.
    async fn renditions(&self) -> Vec<Rendition<'_>> {
        self.ladder.renditions.iter().map(Rendition::from).collect()
    }

    /// What to draw it with, for as long as the other addresses work. Recordings processed long ago may lack them: 404.
    async fn pictures(&self) -> Pictures {
        let url = |picture| self.issued.picture_url(picture);
        Pictures { waveform_url: url(Picture::Waveform), peaks_url: url(Picture::Peaks), spectrogram_url: url(Picture::Spectrogram) }
    }
}

/// Addresses of what a page draws a recording with.
#[derive(SimpleObject)]
struct Pictures {
    /// Its peaks as SVG, in the colour of the text around it.
    waveform_url: String,
    /// Its peaks to zoom into: audiowaveform's JSON format, up to 32000 points.
    peaks_url: String,
    /// Pitch and loudness over time: PNG.
    spectrogram_url: String,
}

/// A recording without loss, in FLAC.
#[derive(SimpleObject)]
struct LosslessStream<'l> {
    /// The HLS multivariant playlist, as signed as the other.
    url: String,
    /// The DASH manifest; null when the segments are encrypted.
    dash_url: Option<String>,
    /// The variants, lowest bandwidth first: at the sample rate of the other renditions, and at the source's when that is higher.
    renditions: Vec<Rendition<'l>>,
}

/// A recording in one file, to keep.
#[derive(SimpleObject)]
pub(super) struct Download {
    /// Where it is. Signed: it works for this recording and a short while, and is sent to be saved.
    url: String,
    /// When the address ends unless it is used.
    expires_at: DateTime<Utc>,
    /// The name it is saved under.
    file_name: String,
    /// Its media type.
    media_type: String,
    /// Bits per second.
    bitrate_bps: u32,
    /// Its length in bytes.
    size_bytes: i64,
}

impl From<IssuedDownload> for Download {
    fn from(issued: IssuedDownload) -> Self {
        let IssuedDownload { download, url, expires_at } = issued;
        let events::Download { file_name, media_type, bitrate_bps, size_bytes, .. } = download;
        Self { url, expires_at, file_name, media_type, bitrate_bps, size_bytes: i64::try_from(size_bytes).unwrap_or(i64::MAX) }
    }
}

/// One encoded variant of a track.
#[derive(SimpleObject)]
struct Rendition<'l> {
    /// Its name, for example `aac-320`.
    name: &'l str,
    /// What it is encoded with, as RFC 6381 writes it.
    codecs: &'l str,
    /// Most bits per second over any segment.
    bandwidth_bps: u32,
    /// Bits per second on average.
    average_bandwidth_bps: u32,
}

impl<'l> From<&'l events::Rendition> for Rendition<'l> {
    fn from(rendition: &'l events::Rendition) -> Self {
        let events::Rendition { name, codecs, bandwidth_bps, average_bandwidth_bps } = rendition;
        Self { name, codecs, bandwidth_bps: *bandwidth_bps, average_bandwidth_bps: *average_bandwidth_bps }
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
