//! The gateway has told what keys were used for.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::ApiKeyUsed;
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::ports::api_key::ApiKeyRepository;

/// The consumer of `api_key.used`.
pub struct OnApiKeyUsed {
    /// Where use is kept.
    pub api_keys: Arc<dyn ApiKeyRepository>,
}

#[async_trait]
impl EventHandler for OnApiKeyUsed {
    fn types(&self) -> &'static [&'static str] {
        &[ApiKeyUsed::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(used) = event.payload::<ApiKeyUsed>().transpose()? {
            self.api_keys.record_use(event.id, &used).await?;
        }
        Ok(())
    }
}
