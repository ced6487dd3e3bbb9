//! What turns a recording into a vector, while it goes by.

use kernel::events::EmbeddingModel;

use super::signal;
use crate::domain::hearing::Heard;

/// Listens to one recording.
///
/// Promises: the same sound gives the same vector, however it is cut into pieces; memory does not grow with the length of the recording.
pub trait Embedder: Send {
    /// What its vectors are made by: vectors of two models cannot be compared.
    fn model(&self) -> EmbeddingModel;

    /// The rate of the mono sound that it wants, in hertz; none when it lives by what is heard anyway.
    fn sample_rate_hz(&self) -> Option<u32>;

    /// Takes the next mono samples, between -1 and 1.
    fn push(&mut self, mono: &[f32]) -> Result<(), EmbedError>;

    /// The vector of what was pushed and `heard`, of length 1; none where there is nothing to hear.
    fn finish(&mut self, heard: &Heard) -> Result<Option<Vec<f32>>, EmbedError>;
}

/// The model failed, which is no fault of the recording; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the embedding model failed: {0}")]
pub struct EmbedError(pub String);

/// The [signal embedding](signal).
#[derive(Debug, Clone, Copy, Default)]
pub struct SignalEmbedder;

impl Embedder for SignalEmbedder {
    fn model(&self) -> EmbeddingModel {
        signal::model()
    }

    fn sample_rate_hz(&self) -> Option<u32> {
        None
    }

    fn push(&mut self, _: &[f32]) -> Result<(), EmbedError> {
        Ok(())
    }

    fn finish(&mut self, heard: &Heard) -> Result<Option<Vec<f32>>, EmbedError> {
        Ok(heard.features.as_ref().and_then(signal::embed))
    }
}
