//! What is measured of a track's sound.

use async_graphql::{Enum, SimpleObject};
use kernel::events;

use crate::domain;
use crate::domain::sound::Sound;

/// How loud a recording is, by EBU R128.
#[derive(SimpleObject)]
#[graphql(tag = "partner")]
pub(super) struct Loudness {
    /// Over the whole, in LUFS; null for silence.
    integrated_lufs: Option<f64>,
    /// Between its quiet and its loud parts, in LU; null for what is too short to have any.
    range_lu: Option<f64>,
    /// The highest peak between samples, in dBTP; null for silence.
    true_peak_dbtp: Option<f64>,
}

impl From<Sound> for Loudness {
    fn from(sound: Sound) -> Self {
        Self { integrated_lufs: sound.loudness_lufs, range_lu: sound.measures.loudness_range_lu, true_peak_dbtp: sound.measures.true_peak_dbtp }
    }
}

/// How loud an album's published tracks are together, by EBU R128: as if they were one recording. A player that evens albums out takes
/// each of their tracks up or down by the same.
#[derive(SimpleObject)]
#[graphql(tag = "partner")]
pub(super) struct AlbumLoudness {
    /// Over the whole, in LUFS; null for silence.
    integrated_lufs: Option<f64>,
    /// The highest peak between samples, in dBTP; null for silence.
    true_peak_dbtp: Option<f64>,
}

impl From<domain::album_loudness::AlbumLoudness> for AlbumLoudness {
    fn from(loudness: domain::album_loudness::AlbumLoudness) -> Self {
        Self { integrated_lufs: loudness.integrated_lufs, true_peak_dbtp: loudness.true_peak_dbtp }
    }
}

/// The beat of a recording, found by a program.
#[derive(SimpleObject)]
#[graphql(tag = "partner")]
pub(super) struct Tempo {
    /// Beats a minute.
    bpm: f64,
    /// How sure that is, 0 to 1.
    confidence: f64,
}

impl From<events::Tempo> for Tempo {
    fn from(tempo: events::Tempo) -> Self {
        Self { bpm: tempo.bpm, confidence: tempo.confidence }
    }
}

/// The key of a recording, found by a program.
#[derive(SimpleObject)]
#[graphql(tag = "partner")]
pub(super) struct MusicalKey {
    /// Its first note.
    tonic: PitchClass,
    /// Major or minor.
    mode: KeyMode,
    /// How sure that is, 0 to 1.
    confidence: f64,
}

impl From<events::MusicalKey> for MusicalKey {
    fn from(key: events::MusicalKey) -> Self {
        let mode = match key.mode {
            events::Mode::Major => KeyMode::Major,
            events::Mode::Minor => KeyMode::Minor,
        };
        Self { tonic: PITCH_CLASSES[usize::from(key.tonic) % PITCH_CLASSES.len()], mode, confidence: key.confidence }
    }
}

/// A note, whatever its octave, by its more usual name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(tag = "partner")]
pub(super) enum PitchClass {
    /// C.
    C,
    /// C sharp, or D flat.
    CSharp,
    /// D.
    D,
    /// E flat, or D sharp.
    EFlat,
    /// E.
    E,
    /// F.
    F,
    /// F sharp, or G flat.
    FSharp,
    /// G.
    G,
    /// A flat, or G sharp.
    AFlat,
    /// A.
    A,
    /// B flat, or A sharp.
    BFlat,
    /// B.
    B,
}

const PITCH_CLASSES: [PitchClass; 12] = {
    use PitchClass as P;
    [P::C, P::CSharp, P::D, P::EFlat, P::E, P::F, P::FSharp, P::G, P::AFlat, P::A, P::BFlat, P::B]
};

/// The mode of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(tag = "partner")]
pub(super) enum KeyMode {
    /// With a major third.
    Major,
    /// With a minor third.
    Minor,
}
