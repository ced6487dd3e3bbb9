//! One decode pass: a source, a tee, an encoder a rendition and a download, and the analysis. Building, running and observing are apart.

mod analysis;
mod download;
mod elements;
mod hearing;
mod lossless;
mod pipeline;
mod rendition;
mod run;
mod source;

pub use run::{Made, Transcode, transcode};

use crate::application::ports::TranscodeError;

/// A fault of the installation or of ours, not of the file.
fn internal(error: impl std::fmt::Display) -> TranscodeError {
    TranscodeError::Internal(error.to_string())
}
