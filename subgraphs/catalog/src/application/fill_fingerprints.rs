//! Recordings that were processed before there was an index of fingerprints become known in it. What they sound like is not asked: they
//! passed when nothing was compared, and what comes after is compared with them from now on. Stopped, it goes on where it was: what is
//! known is not looked at again.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::UploadId;

use super::ports::FingerprintIndex;
use crate::domain::fingerprint::Fingerprint;

/// Uploads looked at together.
const PAGE: u64 = 200;

/// Knows what the media worker measured of uploads.
#[async_trait]
pub trait FingerprintSource: Send + Sync {
    /// The fingerprints of those of `uploads` that have one, as Chromaprint's compressed texts.
    async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError>;
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Recordings that are known from now on.
    pub added: usize,
    /// Recordings that nothing is known of which would tell them from others: too short, too even, or never measured.
    pub without: usize,
}

/// Fills the index.
pub struct FillFingerprints {
    /// The index.
    pub index: Arc<dyn FingerprintIndex>,
}

impl FillFingerprints {
    /// Makes known what `source` has fingerprints of.
    pub async fn run(&self, source: &dyn FingerprintSource) -> Result<Filled, PortError> {
        let (mut filled, mut after) = (Filled::default(), None);
        loop {
            let page = self.index.unknown(after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(filled) };
            after = Some(*last);
            let uploads: Vec<_> = page.iter().map(|(_, upload)| *upload).collect();
            let texts = source.fingerprints(&uploads).await?;
            for (track_id, upload_id) in page {
                let fingerprint = texts.get(&upload_id).and_then(|text| Fingerprint::parse(text)).filter(Fingerprint::is_telling);
                match fingerprint {
                    Some(fingerprint) => filled.added += usize::from(self.index.make_known(track_id, upload_id, &fingerprint).await?),
                    None => filled.without += 1,
                }
            }
        }
    }
}
