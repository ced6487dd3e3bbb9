//! What a ladder is made of. Every rendition has the same boundaries, so a player changes between them at any segment.

use kernel::events::{Download, Gapless, MediaAnalysis, Rendition};
use kernel::id::LadderId;
use serde::{Deserialize, Serialize};

use super::cmaf::Framing;

/// Samples of a full segment: 64 × 4096 is a whole number of AAC (1024) and of FLAC (4096) frames; 5.9 s at 44.1 kHz.
pub const SEGMENT_SAMPLES: u32 = 64 * FLAC_FRAME_SAMPLES;
/// AAC-LC: frames of ISO/IEC 14496-3, and the priming of the encoder used (`avenc_aac`).
pub const AAC_FRAMING: Framing = Framing { frame_samples: 1024, priming_samples: 1024, segment_frames: (SEGMENT_SAMPLES / 1024) as usize };
/// RFC 6381 name of AAC-LC.
pub const AAC_CODECS: &str = "mp4a.40.2";
/// Samples of a FLAC frame; the streamable subset (RFC 9639 §7) allows up to 4608 at every rate.
pub const FLAC_FRAME_SAMPLES: u32 = 4096;
/// Name of FLAC in MP4, as "Encapsulation of FLAC in ISO Base Media File Format" registers it.
pub const FLAC_CODECS: &str = "fLaC";
/// The lossless rendition at the ladder's own sample rate.
pub const FLAC: &str = "flac";
/// The lossless rendition at the higher sample rate of its source.
pub const FLAC_HIGH: &str = "flac-hires";

/// Frames and segments of FLAC at `rate_hz`, when the ladder has `ladder_hz`: segments last as long in every rendition.
pub const fn flac_framing(rate_hz: u32, ladder_hz: u32) -> Framing {
    let times = rate_hz / if ladder_hz == 0 { 1 } else { ladder_hz };
    Framing { frame_samples: FLAC_FRAME_SAMPLES, priming_samples: 0, segment_frames: (SEGMENT_SAMPLES / FLAC_FRAME_SAMPLES * times) as usize }
}

/// Whether sound at `rate_hz` that was never compressed with loss deserves lossless renditions: the rates of recordings, and no more
/// channels than a ladder has, for a mix of others is not what was recorded.
pub const fn deserves_lossless(rate_hz: u32, channels: u32) -> bool {
    matches!(rate_hz, 44_100 | 48_000 | 88_200 | 96_000 | 176_400 | 192_000) && matches!(channels, 1 | 2)
}

/// Changes whenever the same bytes become another ladder than before: what an older recipe made is not taken over.
pub const RECIPE: u32 = 3;

/// Sample rates a source may have, in hertz: nobody records below, and nothing is heard above.
pub const SOURCE_RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// One variant to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenditionSpec {
    /// Its folder in the ladder.
    pub name: &'static str,
    /// What the encoder aims at, in bits per second.
    pub bitrate_bps: u32,
}

/// All variants, lowest first. One encoder for all: its priming is part of the alignment.
pub const RENDITIONS: [RenditionSpec; 4] = [
    RenditionSpec { name: "aac-64", bitrate_bps: 64_000 },
    RenditionSpec { name: "aac-96", bitrate_bps: 96_000 },
    RenditionSpec { name: "aac-160", bitrate_bps: 160_000 },
    RenditionSpec { name: "aac-320", bitrate_bps: 320_000 },
];

/// One file to download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadSpec {
    /// The file in the ladder's folder `downloads`.
    pub file: &'static str,
    /// Constant, in bits per second.
    pub bitrate_bps: u32,
}

/// All files to download, best first; MP3, which everything plays.
pub const DOWNLOADS: [DownloadSpec; 2] =
    [DownloadSpec { file: "mp3-320.mp3", bitrate_bps: 320_000 }, DownloadSpec { file: "mp3-128.mp3", bitrate_bps: 128_000 }];

/// The ladder's sample rate for a source's: the family of 44.1 kHz stays in it, everything else becomes 48 kHz.
pub const fn ladder_rate_hz(source_hz: u32) -> u32 {
    if source_hz.is_multiple_of(11_025) { 44_100 } else { 48_000 }
}

/// The ladder's channels for a source's: mono stays mono, everything else becomes stereo.
pub const fn ladder_channels(source: u32) -> u8 {
    if source == 1 { 1 } else { 2 }
}

/// The blob store folder of a ladder.
pub fn prefix(ladder: LadderId) -> String {
    format!("ladders/{ladder}")
}

/// A finished ladder, as the child tells its parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// Samples per channel that a listener hears.
    pub duration_samples: u64,
    /// Hertz.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Integrated loudness by EBU R 128; none for silence.
    pub loudness_lufs: Option<f64>,
    /// True peak by EBU R 128; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// All variants with loss, lowest bandwidth first.
    pub renditions: Vec<Rendition>,
    /// Lossless variants, lowest bandwidth first; none unless the source is lossless.
    pub lossless: Vec<Rendition>,
    /// Whether there are DASH manifests.
    pub dash: bool,
    /// Files to download.
    pub downloads: Vec<Download>,
    /// What else was measured.
    #[serde(default)]
    pub analysis: Box<MediaAnalysis>,
}

/// Where the sound lies between the encoder's additions.
pub const fn gapless(samples: u64) -> Gapless {
    let Framing { frame_samples, priming_samples, .. } = AAC_FRAMING;
    let rest = (samples + priming_samples as u64) % frame_samples as u64;
    // Less than a frame, by its making.
    #[expect(clippy::cast_possible_truncation, reason = "the rest of a division by 1024")]
    let padding_samples = if rest == 0 { 0 } else { frame_samples - rest as u32 };
    Gapless { priming_samples, samples, padding_samples }
}

impl Ladder {
    /// The duration in seconds.
    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53 samples")]
    pub fn duration_secs(&self) -> f64 {
        self.duration_samples as f64 / f64::from(self.sample_rate_hz.max(1))
    }

    /// The duration, rounded to the millisecond.
    pub fn duration_ms(&self) -> u64 {
        let rate = u64::from(self.sample_rate_hz.max(1));
        (self.duration_samples * 1000 + rate / 2) / rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_stay_in_their_family() {
        for (source, ladder) in
            [(11_025, 44_100), (22_050, 44_100), (44_100, 44_100), (88_200, 44_100), (8_000, 48_000), (32_000, 48_000), (48_000, 48_000), (192_000, 48_000)]
        {
            assert_eq!(ladder_rate_hz(source), ladder, "{source}");
        }
    }

    #[test]
    fn sound_and_additions_fill_whole_frames() {
        for samples in [0, 1, 1023, 1024, 1025, 44_100 * 240 + 7] {
            let gapless = gapless(samples);
            let total = u64::from(gapless.priming_samples) + gapless.samples + u64::from(gapless.padding_samples);
            assert_eq!((total % 1024, gapless.padding_samples < 1024), (0, true), "{samples}");
        }
    }

    #[test]
    fn segments_divide_by_the_frames_of_both_codecs() {
        assert_eq!((SEGMENT_SAMPLES % 1024, SEGMENT_SAMPLES % 4096), (0, 0));
        for (rate, ladder) in [(44_100, 44_100), (96_000, 48_000), (176_400, 44_100), (192_000, 48_000)] {
            let framing = flac_framing(rate, ladder);
            let samples = u64::from(framing.frame_samples) * framing.segment_frames as u64;
            assert_eq!(samples * u64::from(ladder), u64::from(SEGMENT_SAMPLES) * u64::from(rate), "{rate}");
        }
    }
}
