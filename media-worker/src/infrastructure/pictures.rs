//! The files a page draws a recording with, in the ladder's folder.

use std::path::Path;

use crate::application::ports::TranscodeError;
use crate::domain::hearing::spectrogram::Spectrogram;
use crate::domain::waveform::{OVERVIEW, Peaks};

/// Writes peaks at two resolutions, their picture, and the spectrogram if there is one.
pub(super) fn write(folder: &Path, peaks: &Peaks, sample_rate_hz: u32, spectrogram: Option<&Spectrogram>) -> Result<(), TranscodeError> {
    let json = |peaks: &Peaks| peaks.json(sample_rate_hz).map_err(|error| TranscodeError::Internal(error.to_string()));
    std::fs::write(folder.join("waveform.json"), json(&peaks.clone().thinned(OVERVIEW))?)?;
    std::fs::write(folder.join("waveform-detail.json"), json(peaks)?)?;
    std::fs::write(folder.join("waveform.svg"), peaks.svg())?;
    if let Some(spectrogram) = spectrogram {
        let png = spectrogram.draw().map_err(|error| TranscodeError::Internal(error.to_string()))?;
        std::fs::write(folder.join("spectrogram.png"), png)?;
    }
    Ok(())
}
