//! Another context has done its part of a registration, or cannot.

use async_trait::async_trait;
use kernel::events::{AccountMail, MailQueued, MailRefused, TasteProfileCreated, TasteProfileFailed};
use kernel::{Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::complete_registration::CompleteRegistration;
use crate::domain::registration::Step;

/// The consumer of what other contexts tell of a registration. Every step asks the registration itself where it is, so that what comes
/// twice or late changes nothing.
pub struct OnRegistrationStep {
    /// What is done.
    pub complete_registration: CompleteRegistration,
}

#[async_trait]
impl EventHandler for OnRegistrationStep {
    fn types(&self) -> &'static [&'static str] {
        &[TasteProfileCreated::TYPE, TasteProfileFailed::TYPE, MailQueued::TYPE, MailRefused::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        let registration = &self.complete_registration;
        if let Some(created) = event.payload::<TasteProfileCreated>().transpose()? {
            registration.taste_profile_created(created.user_id).await?;
        } else if let Some(failed) = event.payload::<TasteProfileFailed>().transpose()? {
            registration.failed(failed.user_id, Step::TasteProfile).await?;
        } else if let Some(queued) = event.payload::<MailQueued>().transpose()? {
            if queued.mail == AccountMail::Welcome {
                registration.mail_queued(queued.user_id).await?;
            }
        } else if let Some(refused) = event.payload::<MailRefused>().transpose()?
            && refused.mail == AccountMail::Welcome
        {
            registration.failed(refused.user_id, Step::WelcomeMail).await?;
        }
        Ok(())
    }
}
