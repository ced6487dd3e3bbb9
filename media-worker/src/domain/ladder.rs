//! What a ladder is made of. Every rendition has the same boundaries, so a player changes between them at any segment.

use kernel::events::Rendition;
use kernel::id::LadderId;
use serde::{Deserialize, Serialize};

/// Samples of an AAC-LC frame (ISO/IEC 14496-3).
pub const FRAME_SAMPLES: u32 = 1024;
/// Samples the encoder puts before the first one of the source; an edit list takes them away again.
pub const PRIMING_SAMPLES: u32 = 1024;
/// Frames of a full segment: 64 × 4096 samples, a whole number of AAC (1024) and of FLAC (4096) frames; 5.9 s at 44.1 kHz.
pub const SEGMENT_FRAMES: usize = 256;
/// RFC 6381 name of AAC-LC.
pub const CODECS: &str = "mp4a.40.2";

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
    /// All variants, lowest bandwidth first.
    pub renditions: Vec<Rendition>,
}

impl Ladder {
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
    fn segments_divide_by_the_frames_of_both_codecs() {
        let samples = u64::try_from(SEGMENT_FRAMES).unwrap() * u64::from(FRAME_SAMPLES);
        assert_eq!((samples % 1024, samples % 4096), (0, 0));
    }
}
