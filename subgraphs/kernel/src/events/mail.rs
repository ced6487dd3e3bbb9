//! What `notifications` tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AccountMail;
use crate::event::EventPayload;
use crate::id::UserId;

/// A mail that was asked for waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailQueued {
    /// About whose account.
    pub user_id: UserId,
    /// Which.
    pub mail: AccountMail,
}
payload!(MailQueued, "mail.queued", user_id);

/// A mail that was asked for can never be sent: nothing can be addressed like that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailRefused {
    /// About whose account.
    pub user_id: UserId,
    /// Which.
    pub mail: AccountMail,
}
payload!(MailRefused, "mail.refused", user_id);
