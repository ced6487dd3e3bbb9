//! What `recommendations` tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::EventPayload;
use crate::id::UserId;

/// What somebody likes can be kept from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TasteProfileCreated {
    /// Whose.
    pub user_id: UserId,
}
payload!(TasteProfileCreated, "taste_profile.created", user_id);

/// What somebody likes can never be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TasteProfileFailed {
    /// Whose.
    pub user_id: UserId,
}
payload!(TasteProfileFailed, "taste_profile.failed", user_id);
