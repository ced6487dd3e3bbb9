//! What playback keeps of a person: nothing.

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::UserId;
use platform::person::{PersonalData, PersonalFile};

/// [`PersonalData`] of this context. No grant and no table names anybody.
pub struct PersonalPlayback;

#[async_trait]
impl PersonalData for PersonalPlayback {
    async fn collect(&self, _: UserId) -> Result<Vec<PersonalFile>, PortError> {
        Ok(Vec::new())
    }

    async fn erase(&self, _: UserId) -> Result<(), PortError> {
        Ok(())
    }
}
