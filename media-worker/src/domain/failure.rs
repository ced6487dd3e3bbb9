//! Why a file cannot become a ladder, in words for the person who uploaded it.

use kernel::events::MediaFailure;
use serde::{Deserialize, Serialize};

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

    /// Needs more processing than any honest file does.
    pub fn too_hungry() -> Self {
        Self::new(MediaFailure::TooLarge, "This file needs more memory or time to decode than is allowed.")
    }

    /// Not the file's fault, but nothing more will be tried.
    pub fn internal() -> Self {
        Self::new(MediaFailure::Internal, "This file could not be processed because of a fault on our side. Upload it again later.")
    }
}

/// Whether so much is missing that a listener would notice: over 1 % and over 250 ms. Less is rounding and encoder delay.
pub fn is_cut_off(heard_secs: f64, declared_secs: f64) -> bool {
    let missing = declared_secs - heard_secs;
    missing > 0.25 && missing > declared_secs * 0.01
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_not_damage() {
        for (heard, declared, cut) in
            [(10.0, 10.0, false), (9.8, 10.0, false), (9.7, 10.0, true), (99.5, 100.0, false), (98.0, 100.0, true), (11.0, 10.0, false)]
        {
            assert_eq!(is_cut_off(heard, declared), cut, "{heard} of {declared}");
        }
    }

    #[test]
    fn limits_are_told_in_units_people_use() {
        for (secs, text) in [(30, "30 s"), (60, "1 min"), (90, "1 min 30 s"), (14_400, "4 h"), (5_400, "1 h 30 min")] {
            assert!(Failure::too_long(secs).reason.contains(&format!("longer than {text},")), "{secs}");
        }
    }
}
