//! Reads the peaks of a published ladder.

use std::sync::Arc;

use kernel::PortError;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::domain::ladder::Ladder;
use crate::domain::waveform::{Points, Waveform};

/// Why no waveform was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadWaveformError {
    /// The blob store failed, or what it holds is no waveform.
    #[error("the waveform cannot be read")]
    Port(#[from] PortError),
}

/// Reads waveforms.
pub struct ReadWaveform {
    pub(super) blobs: Arc<dyn ObjectStore>,
}

impl ReadWaveform {
    /// The peaks of `ladder` in at most `points` points.
    pub async fn run(&self, ladder: &Ladder, points: Points) -> Result<Waveform, ReadWaveformError> {
        let path = Path::from(format!("{}/waveform.json", ladder.prefix));
        let bytes = self.blobs.get(&path).await.map_err(PortError::unavailable)?.bytes().await.map_err(PortError::unavailable)?;
        let waveform: Waveform = serde_json::from_slice(&bytes).map_err(PortError::corrupt)?;
        Ok(waveform.thinned(points))
    }
}
