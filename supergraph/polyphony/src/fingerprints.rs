//! What an operator does about recordings that are not known by their fingerprints.

use std::collections::HashMap;

use async_trait::async_trait;
use catalog::application::fill_fingerprints::FingerprintSource;
use kernel::PortError;
use kernel::id::UploadId;
use media_worker::application::operate_jobs::OperateJobs;
use platform::Platform;

/// What the media worker keeps of what it has processed.
struct Processed(OperateJobs);

#[async_trait]
impl FingerprintSource for Processed {
    async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError> {
        self.0.fingerprints(uploads).await
    }
}

/// Makes known what was processed before there was an index of fingerprints, and says how much that was.
pub async fn fill(platform: &Platform) -> anyhow::Result<String> {
    let source = Processed(media_worker::operator(platform).await?);
    let filled = catalog::fingerprints(platform).await?.run(&source).await?;
    Ok(format!("{} recordings are known from now on; {} have no fingerprint that tells them from others\n", filled.added, filled.without))
}
