//! Somebody new: their taste is unknown so far.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::event::EventFactory;
use kernel::events::{TasteProfileCreated, TasteProfileFailed, UserRegistered};
use kernel::{Clock, Event, EventPayload as _, PortError};
use platform::consumer::{EventHandler, HandleError};

use super::ports::TasteProfileRepository;
use crate::domain::taste_profile::TasteProfile;

/// The consumer of `user.registered`: makes an empty taste profile, and says so. Where none can be made it says that, and the
/// registration is undone.
pub struct OnUserRegistered {
    /// Where profiles are kept.
    pub taste_profiles: Arc<dyn TasteProfileRepository>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Envelopes.
    pub events: EventFactory,
}

#[async_trait]
impl EventHandler for OnUserRegistered {
    fn types(&self) -> &'static [&'static str] {
        &[UserRegistered::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let Some(registered) = event.payload::<UserRegistered>().transpose()? else { return Ok(()) };
        let profile = TasteProfile::unknown(registered.user_id, self.clock.now());
        let told = self.events.wrap(&TasteProfileCreated { user_id: registered.user_id });
        match self.taste_profiles.create(event.id, &profile, &told).await {
            Ok(()) => Ok(()),
            // It is tried again, and once that has been given up, the registration runs out of time.
            Err(error @ PortError::Unavailable(_)) => Err(error.into()),
            Err(error) => {
                self.taste_profiles.refuse(event.id, &self.events.wrap(&TasteProfileFailed { user_id: registered.user_id })).await?;
                Err(HandleError::Permanent(error.into()))
            }
        }
    }
}
