//! What contexts ask and tell one another about all that is kept of a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::EventPayload;
use crate::id::{DataExportId, DeletionId, UserId};

/// The contexts that may keep something of a person; each answers when its name is among those that are asked. The media worker is not
/// among them: it knows tracks and no people, and follows `track.deleted`.
pub const KEEPERS: [&str; 5] = ["users", "catalog", "playback", "notifications", "recommendations"];

/// A person wants a copy of all that is kept of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataExportRequested {
    /// Who.
    pub user_id: UserId,
    /// Which export.
    pub export_id: DataExportId,
    /// Who is to answer; asked again are only those that have not.
    pub contexts: Vec<String>,
}
payload!(DataExportRequested, "data_export.requested", user_id);

/// A context has put all that it keeps of a person into the blob store, under `exports/<exportId>/<context>/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataExportCollected {
    /// Of whom.
    pub user_id: UserId,
    /// For which export.
    pub export_id: DataExportId,
    /// Which context.
    pub context: String,
}
payload!(DataExportCollected, "data_export.collected", user_id);

/// An account is gone: what is kept of the person is to be erased, or to be nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserDeleted {
    /// Whose.
    pub user_id: UserId,
    /// Under which the answers are collected.
    pub deletion_id: DeletionId,
    /// Who is to answer; asked again are only those that have not. Everybody acts on it, also who is not named.
    pub contexts: Vec<String>,
}
payload!(UserDeleted, "user.deleted", user_id);

/// A context keeps nothing of a person any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErased {
    /// Of whom.
    pub user_id: UserId,
    /// For which deletion.
    pub deletion_id: DeletionId,
    /// Which context.
    pub context: String,
}
payload!(PersonErased, "person.erased", user_id);
