//! What makes recordings comparable.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number_or_text;

/// What turns a recording into a vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EmbedderConfig {
    /// Timbre, harmony, rhythm and dynamics, measured; needs no model.
    Signal {},
    /// A learned model.
    Onnx(OnnxConfig),
}

impl Default for EmbedderConfig {
    fn default() -> Self {
        Self::Signal {}
    }
}

/// A learned model in ONNX, and what it wants to hear: mel bands, as it was trained with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnnxConfig {
    /// The model's file.
    pub file: PathBuf,
    /// The model's name. Vectors are compared only with those of the same name and version.
    pub id: String,
    /// Its version; another file or another number below is another version.
    #[serde(deserialize_with = "number_or_text")]
    pub version: u32,
    /// Numbers that it answers with.
    #[serde(deserialize_with = "number_or_text")]
    pub dim: u32,
    /// The sound's sample rate, in hertz.
    #[serde(deserialize_with = "number_or_text")]
    pub sample_rate_hz: u32,
    /// Samples of a frame, weighed by a Hann window.
    #[serde(deserialize_with = "number_or_text")]
    pub window: u32,
    /// Samples of a Fourier transform; what a frame lacks is silence.
    #[serde(deserialize_with = "number_or_text")]
    pub n_fft: u32,
    /// Samples from one frame to the next.
    #[serde(deserialize_with = "number_or_text")]
    pub hop: u32,
    /// Mel bands.
    #[serde(deserialize_with = "number_or_text")]
    pub mels: u32,
    /// Where the lowest band begins, in hertz.
    #[serde(deserialize_with = "number_or_text")]
    pub lowest_hz: u32,
    /// Where the highest band ends, in hertz.
    #[serde(deserialize_with = "number_or_text")]
    pub highest_hz: u32,
    /// What is summed into bands.
    pub spectrum: Spectrum,
    /// What becomes of a band.
    pub log: LogKind,
    /// How bands are handed over.
    pub input: InputShape,
    /// Frames of a patch, or the most of a whole.
    #[serde(deserialize_with = "number_or_text")]
    pub frames: u32,
}

/// What is summed into bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spectrum {
    /// The square of what the Fourier transform gives.
    Power,
    /// Its absolute value (VGGish).
    Magnitude,
}

/// What becomes of a band `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// `ln(x + 0.01)` (VGGish).
    Natural,
    /// `10 log10(max(x, 1e-10))`.
    Decibels,
    /// `log10(1 + 10000 x)` (MusiCNN).
    Compressed,
}

/// How bands are handed to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputShape {
    /// `[1, frames, mels]` or `[1, 1, frames, mels]`, one patch after another; the answers are averaged.
    Patches,
    /// `[1, 1, mels, n]`: the whole spectrogram, `n` as long as the recording, at most `frames`; a longer one in pieces.
    Whole,
}
