//! What the media worker measured of a recording: part of `media.completed`.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::loudness::LoudnessBin;

/// Measures of one recording. All have defaults: what an older worker did not measure is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MediaAnalysis {
    /// Loudness range by EBU Tech 3342 in LU; none for what is too short to have one.
    pub loudness_range_lu: Option<f64>,
    /// How loud its blocks are, the quietest first: what the loudness of several recordings together is reckoned from. None for silence.
    pub loudness_blocks: Vec<LoudnessBin>,
    /// Milliseconds before the first sound louder than -60 dB of full scale; all of a silent recording.
    pub leading_silence_ms: u64,
    /// Milliseconds after the last such sound.
    pub trailing_silence_ms: u64,
    /// What a player needs to join recordings without a gap.
    pub gapless: Option<Gapless>,
    /// The beat; none where none was found.
    pub tempo: Option<Tempo>,
    /// The key; none where none was found.
    pub key: Option<MusicalKey>,
    /// The Chromaprint fingerprint of the first two minutes, as AcoustID and `fpcalc` write it; none for what is too short.
    pub fingerprint: Option<String>,
    /// Where it lies among other recordings; none for silence.
    pub embedding: Option<Embedding>,
}

/// Where the sound lies between an encoder's additions, in samples a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gapless {
    /// Samples that the encoder puts before the first one.
    pub priming_samples: u32,
    /// Samples of sound.
    pub samples: u64,
    /// Samples that fill the last frame.
    pub padding_samples: u32,
}

/// A beat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tempo {
    /// Beats a minute.
    pub bpm: f64,
    /// 0 to 1.
    pub confidence: f64,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MusicalKey {
    /// Its first note: 0 is C, 1 is C sharp, … 11 is B.
    pub tonic: u8,
    /// Major or minor.
    pub mode: Mode,
    /// 0 to 1.
    pub confidence: f64,
}

/// The mode of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mode {
    /// With a major third.
    Major,
    /// With a minor third.
    Minor,
}

/// Which space an embedding lies in. Vectors of two models cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingModel {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// How many numbers a vector has.
    pub dim: u32,
}

/// A recording as a vector of length 1; what sounds alike has a small angle between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Embedding {
    /// In which space.
    pub model: EmbeddingModel,
    /// The vector.
    #[serde(deserialize_with = "finite")]
    pub vector: Vec<f32>,
}

/// Reads a vector, every number of it finite. A number of JSON may be too large for an `f32`; taken as infinity, it could be neither
/// compared nor written again.
///
/// # Errors
/// When one of them is not.
pub fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    let vector = Vec::<f32>::deserialize(deserializer)?;
    if vector.iter().all(|number| number.is_finite()) { Ok(vector) } else { Err(D::Error::custom("a number is too large")) }
}

/// [`finite`], where there may be no vector.
///
/// # Errors
/// As [`finite`].
pub fn finite_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<f32>>, D::Error> {
    #[derive(Deserialize)]
    struct Finite(#[serde(deserialize_with = "finite")] Vec<f32>);
    Ok(Option::<Finite>::deserialize(deserializer)?.map(|Finite(vector)| vector))
}
