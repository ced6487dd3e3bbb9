//! The gateway asks what a key is good for.

use std::sync::Arc;

use kernel::{Clock, PortError};
use platform::api_key::KeyAnswer;

use super::ports::api_key::ApiKeyRepository;

/// Verifies keys by their hash.
pub struct VerifyApiKey {
    pub(super) api_keys: Arc<dyn ApiKeyRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl VerifyApiKey {
    /// The answer as it is now.
    pub async fn run(&self, hash: &str) -> Result<KeyAnswer, PortError> {
        let found = self.api_keys.by_secret(hash).await?;
        Ok(found.map_or(KeyAnswer::Unknown, |(key, secret_expires_at)| key.answer(secret_expires_at, self.clock.now())))
    }
}
