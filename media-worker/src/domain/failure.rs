//! Why a file cannot become a ladder, in words for the person who uploaded it.

use kernel::events::MediaFailure;
use serde::{Deserialize, Serialize};

use super::downmix::MOST_CHANNELS;
use super::ladder::SOURCE_RATES_HZ;

/// A file's fault: trying again with the same file gives the same result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// The kind.
    pub kind: MediaFailure,
    /// A sentence for the uploader; no internals.
    pub reason: String,
}

impl Failure {
    fn new(kind: MediaFailure, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }

    /// The kind in lower case, for metrics.
    pub const fn code(&self) -> &'static str {
        match self.kind {
            MediaFailure::NotAudio => "not_audio",
            MediaFailure::Damaged => "damaged",
            MediaFailure::TooLarge => "too_large",
            MediaFailure::Empty => "empty",
            MediaFailure::Internal => "internal",
        }
    }

    /// Whether the same file would fail again, whenever it is tried. What is too large today may not be under tomorrow's limits.
    pub const fn is_the_files(&self) -> bool {
        matches!(self.kind, MediaFailure::NotAudio | MediaFailure::Damaged | MediaFailure::Empty)
    }

    /// The file is something else, `what` with its article (`a JPEG image`).
    pub fn is_not_audio(what: &str) -> Self {
        Self::new(MediaFailure::NotAudio, format!("This file is {what}, not a recording. Upload WAV, FLAC, AIFF, MP3, AAC, Ogg Vorbis or Opus."))
    }

    /// Nothing known was recognised.
    pub fn not_recognised() -> Self {
        Self::new(MediaFailure::NotAudio, "No audio was recognised in this file. Upload WAV, FLAC, AIFF, MP3, AAC, Ogg Vorbis or Opus.")
    }

    /// A container of other things.
    pub fn no_audio_stream() -> Self {
        Self::new(MediaFailure::NotAudio, "This file has no audio track.")
    }

    /// The container is fine, but its sound is coded in a way that is not accepted.
    pub fn codec_not_accepted() -> Self {
        Self::new(
            MediaFailure::NotAudio,
            "The sound in this file is coded in a way that is not accepted. Upload WAV, FLAC, AIFF, MP3, AAC, Ogg Vorbis or Opus.",
        )
    }

    /// Ends before its own header says.
    pub fn truncated() -> Self {
        Self::new(MediaFailure::Damaged, "This file ends before its own header says: it seems to be cut off. Export or copy it again.")
    }

    /// Holds more than one recording, one after another.
    pub fn several_recordings() -> Self {
        Self::new(MediaFailure::Damaged, "This file holds several recordings one after another. Upload each as a file of its own.")
    }

    /// Ends early, with the lengths known.
    pub fn shorter_than_declared(heard_secs: f64, declared_secs: f64) -> Self {
        Self::new(
            MediaFailure::Damaged,
            format!(
                "This file says it lasts {declared_secs:.1} s, but only {heard_secs:.1} s of it can be played: it is cut off or damaged. Export or copy it again."
            ),
        )
    }

    /// Goes on behind the end that it declares, so that nobody knows where it ends.
    pub fn longer_than_declared() -> Self {
        Self::new(MediaFailure::Damaged, "This file goes on after it says that it ends: it seems to be damaged. Export or copy it again.")
    }

    /// The decoder cannot make sense of it.
    pub fn undecodable() -> Self {
        Self::new(MediaFailure::Damaged, "This file is damaged: its sound cannot be decoded. Export or copy it again.")
    }

    /// Holds no samples.
    pub fn empty() -> Self {
        Self::new(MediaFailure::Empty, "This file holds no sound.")
    }

    /// Longer than `max_secs`.
    pub fn too_long(max_secs: u64) -> Self {
        let (hours, minutes, seconds) = (max_secs / 3600, max_secs / 60 % 60, max_secs % 60);
        let longest = match (hours, minutes, seconds) {
            (0, 0, _) => format!("{seconds} s"),
            (0, _, 0) => format!("{minutes} min"),
            (0, ..) => format!("{minutes} min {seconds} s"),
            (_, 0, _) => format!("{hours} h"),
            _ => format!("{hours} h {minutes} min"),
        };
        Self::new(MediaFailure::TooLarge, format!("This recording is longer than {longest}, the longest that is accepted."))
    }

    /// More channels or another sample rate than any recording has.
    pub fn format_not_accepted(rate_hz: u32, channels: u32) -> Self {
        Self::new(
            MediaFailure::TooLarge,
            format!(
                "This file has {channels} {} at {rate_hz} Hz; at most {MOST_CHANNELS} channels and {} to {} Hz are accepted.",
                if channels == 1 { "channel" } else { "channels" },
                SOURCE_RATES_HZ.start(),
                SOURCE_RATES_HZ.end(),
            ),
        )
    }

    /// Needs more processing than any honest file does.
    pub fn too_hungry() -> Self {
        Self::new(MediaFailure::TooLarge, "This file needs more memory or time to decode than is allowed.")
    }

    /// More bytes than are accepted.
    pub fn too_many_bytes(max_bytes: u64) -> Self {
        Self::new(MediaFailure::TooLarge, format!("This file is larger than {} MiB, the largest that is accepted.", max_bytes >> 20))
    }

    /// An operator has ended the work.
    pub fn cancelled() -> Self {
        Self::new(MediaFailure::Internal, "The processing of this file was cancelled. Upload it again.")
    }

    /// Not the file's fault, but nothing more will be tried.
    pub fn internal() -> Self {
        Self::new(MediaFailure::Internal, "This file could not be processed because of a fault on our side. Upload it again later.")
    }
}

/// A length that a file declares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeclaredSecs {
    /// In seconds.
    pub secs: f64,
    /// How much of it an honest file may lack, in seconds: rounding, and what encoders add and decoders take away.
    pub tolerance: f64,
}

impl DeclaredSecs {
    /// Whether more is missing than an honest file lacks.
    pub fn is_cut_off(self, heard_secs: f64) -> bool {
        self.secs - heard_secs > self.tolerance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_not_damage() {
        let declared = DeclaredSecs { secs: 10.0, tolerance: 0.25 };
        for (heard, cut) in [(10.0, false), (9.8, false), (9.7, true), (0.0, true), (11.0, false)] {
            assert_eq!(declared.is_cut_off(heard), cut, "{heard}");
        }
    }

    #[test]
    fn limits_are_told_in_units_people_use() {
        for (secs, text) in [(30, "30 s"), (60, "1 min"), (90, "1 min 30 s"), (14_400, "4 h"), (5_400, "1 h 30 min")] {
            assert!(Failure::too_long(secs).reason.contains(&format!("longer than {text},")), "{secs}");
        }
    }
}
