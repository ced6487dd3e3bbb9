//! The mail about one person: their copy of it, and its end.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::UserId;
use platform::person::{PersonalData, PersonalFile};
use serde_json::{Value, json};

use super::ports::MailQueue;

/// [`PersonalData`] of this context: mail that waits or was given up. Mail that was sent is not kept.
pub struct PersonalMail {
    /// Where mail waits.
    pub queue: Arc<dyn MailQueue>,
}

#[async_trait]
impl PersonalData for PersonalMail {
    async fn collect(&self, user_id: UserId) -> Result<Vec<PersonalFile>, PortError> {
        let waiting = self.queue.of_user(user_id).await?;
        let written = |mail: &crate::domain::mail::Mail| {
            json!({
                "to": mail.recipient.address(),
                "name": mail.recipient.name(),
                "reason": mail.reason,
                "about": mail.about,
                "queuedAt": mail.created_at,
                "attempts": mail.attempts,
            })
        };
        let content = waiting.iter().map(written).collect::<Vec<Value>>();
        Ok(vec![PersonalFile { name: "undelivered_mail", content: content.into() }])
    }

    /// The one mail that stays says that the account has ended; it is nobody's, and gone when it is sent or a day old.
    async fn erase(&self, user_id: UserId) -> Result<(), PortError> {
        self.queue.forget_user(user_id).await
    }
}
