//! What is known of a track's sound once it is processed.

use kernel::events::{MediaCompleted, MusicalKey, Tempo};
use serde::{Deserialize, Serialize};

/// A processed recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sound {
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// Its integrated loudness by EBU R128 in LUFS; none for silence.
    pub loudness_lufs: Option<f64>,
    /// What else was measured.
    pub measures: Measures,
}

/// Measures that a recording may lack; those of older recordings may be absent altogether.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// Loudness range by EBU Tech 3342 in LU.
    pub loudness_range_lu: Option<f64>,
    /// True peak by EBU R128 in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
    /// Milliseconds before the first sound.
    pub leading_silence_ms: u64,
    /// Milliseconds after the last.
    pub trailing_silence_ms: u64,
    /// The beat, where one was found.
    pub tempo: Option<Tempo>,
    /// The key, where one was found.
    pub key: Option<MusicalKey>,
}

impl From<&MediaCompleted> for Sound {
    fn from(completed: &MediaCompleted) -> Self {
        let analysis = &completed.analysis;
        Self {
            duration_ms: completed.duration_ms,
            loudness_lufs: completed.loudness_lufs,
            measures: Measures {
                loudness_range_lu: analysis.loudness_range_lu,
                true_peak_dbtp: completed.true_peak_dbtp,
                leading_silence_ms: analysis.leading_silence_ms,
                trailing_silence_ms: analysis.trailing_silence_ms,
                tempo: analysis.tempo,
                key: analysis.key,
            },
        }
    }
}
